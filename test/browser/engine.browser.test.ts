import { bytesEqual, seededRandom } from 'opml/core'
import { Engine, ENGINE_WORKER_URL, type EngineWorker, PortableKernels } from 'opml/engine'
import { encodeDescriptor, tensorBytes } from 'opml/graph'
import { OPERATOR_TABLE, type Operator } from 'opml/ops'
import { ENGINE_SHAPES } from '../differential/samples/engineShapes.ts'
import { programOfSamples } from '../differential/samples/programOfSamples.ts'
import { describe, expect, test } from './page/testApi.ts'

const BLOCK_BYTES = 128

function createWorker(): EngineWorker {
  const worker = new Worker(ENGINE_WORKER_URL, { type: 'module' })
  return { post: (message) => worker.postMessage(message), stop: () => worker.terminate() }
}

const samples = ENGINE_SHAPES.map(({ sample }) => sample(seededRandom(20_28)))
const kernels = new PortableKernels()
const expected = samples.map(({ node, operands }) => {
  const length = tensorBytes(node.shape, node.dtype)
  const descriptor = encodeDescriptor(node, OPERATOR_TABLE.named(node.op) as Operator)
  return kernels.blocks(descriptor, operands, { first: 0, count: Math.ceil(length / BLOCK_BYTES) }).subarray(0, length)
})

describe.each([1, 2, 3])('the engine in a page, %i threads', (numThreads) => {
  test('differential: shapes that reach every kernel have the bits of the portable kernels, run after run', async () => {
    const engine = Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker, canBlock: false })
    expect(engine.numThreads).toBe(numThreads)
    const { program, inputs, constants } = programOfSamples(samples, ({ place }) => place > 0)
    const loaded = engine.load(program, constants)
    for (let run = 0; run < 5; run++) {
      // Workers start between runs: the first ones have fewer threads.
      await new Promise((resolve) => setTimeout(resolve, 20))
      const outputs = await loaded.run(inputs)
      const wrong = ENGINE_SHAPES.filter((_, i) => !bytesEqual(outputs[i] as Uint8Array, expected[i] as Uint8Array))
      expect(wrong.map(({ name }) => name)).toEqual([])
    }
    engine.close()
  })
})
