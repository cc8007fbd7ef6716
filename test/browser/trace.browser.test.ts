import { bytesToHex, merkleRoot } from 'opml/core'
import { Engine, ENGINE_WORKER_URL, type EngineWorker } from 'opml/engine'
import { parseProgram } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { describe, expect, test } from './page/testApi.ts'

const ELEMENTS = 100_000
const BLOCK_HEIGHT = 12

/** In each step of five, node 0 changes two elements and node 1 all. */
const PROGRAM = parseProgram(`program 1
input $0 "x" i32[${ELEMENTS}]
section 0 steps 5 {
  %0 = Map i32[${ELEMENTS}] a=previous %0 from $0:i32 view(1) b=previous %2 from zero:i32 view(0) [ v0 = load a; v1 = load b; v2 = index 5; v3 = i32.rem_u v2, 50000; v4 = i32.eq v1, v3; v5 = i32.add v0, v4 ]
  %1 = Map i32[${ELEMENTS}] a=%0:i32 view(1) b=previous %1 from zero:i32 view(1) [ v0 = load a; v1 = load b; v2 = i32.add v0, v1; v3 = i32.add v2, 1 ]
  %2 = Map i32[1] a=previous %2 from zero:i32 view(0) [ v0 = load a; v1 = i32.add v0, 9001 ]
}
output "y" i32[${ELEMENTS}] = section 0 %1
`)

function createWorker(): EngineWorker {
  const worker = new Worker(ENGINE_WORKER_URL, { type: 'module' })
  return { post: (message) => worker.postMessage(message), stop: () => worker.terminate() }
}

describe.each([1, 2, 3])('traces in a page, %i threads', (numThreads) => {
  test('property: roots from the threads of the engine are those of the plain tree, run after run', async () => {
    const engine = Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker, canBlock: false })
    const loaded = engine.load(PROGRAM, [])
    const input = new Uint8Array(Int32Array.from({ length: ELEMENTS }, (_, i) => i * i).buffer)
    const expected: string[] = []
    // Bytes in shared memory are copied out of it first.
    await loaded.run([input], {
      tap: ({ bytes }) => void expected.push(bytesToHex(merkleRoot(bytes.slice(), BLOCK_HEIGHT))),
    })
    expect(new Set(expected).size).toBe(15)
    for (let run = 0; run < 4; run++) {
      // Workers start between runs: the first ones have fewer threads.
      await new Promise((resolve) => setTimeout(resolve, 20))
      const roots: string[] = []
      await loaded.run([input], {
        trace: {
          blockHeight: BLOCK_HEIGHT,
          onStep: (step) => {
            for (let at = 0; at < step.roots.length; at += 32) roots.push(bytesToHex(step.roots.slice(at, at + 32)))
          },
        },
      })
      expect(roots).toEqual(expected)
    }
    engine.close()
  })
})
