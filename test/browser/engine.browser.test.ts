import { bytesToHex } from 'opml/core'
import { Engine, ENGINE_WORKER_URL, type EngineWorker } from 'opml/engine'
import { OPERATOR_TABLE } from 'opml/ops'
import { NETWORK, networkData, portableOutputs } from './both/portableOutputs.ts'
import { inNode } from './page/host.ts'
import { describe, expect, test } from './page/testApi.ts'

function createWorker(): EngineWorker {
  const worker = new Worker(ENGINE_WORKER_URL, { type: 'module' })
  return { post: (message) => worker.postMessage(message), stop: () => worker.terminate() }
}

describe.each([1, 2, 3])('the engine in a page, %i threads', (numThreads) => {
  test('differential: has the bits of the portable kernels in Node, run after run', async () => {
    const engine = Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker, canBlock: false })
    expect(engine.numThreads).toBe(numThreads)
    const { constants, inputs } = networkData()
    const loaded = engine.load(NETWORK, constants)
    const expected = await inNode(portableOutputs)
    for (let run = 0; run < 20; run++) {
      // Workers start between runs: the first ones have fewer threads.
      await new Promise((resolve) => setTimeout(resolve, 10))
      expect((await loaded.run(inputs)).map(bytesToHex)).toEqual(expected)
    }
    engine.close()
  })
})
