import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import { parseProgram } from '../graph/parseProgram.ts'
import { OPERATOR_TABLE } from '../ops/index.ts'
import { Engine, type RunOptions } from './engine.ts'
import { EngineInputError, EngineMemoryError, RunCancelledError } from './engineErrors.ts'
import type { ConstantBytes } from './planTypes.ts'
import { ENGINE_WORKER_URL, type EngineWorker } from './engineWorkers.ts'

function createWorker(): EngineWorker {
  const worker = new Worker(ENGINE_WORKER_URL)
  worker.unref()
  return { post: (message) => worker.postMessage(message), stop: () => void worker.terminate() }
}

const i32 = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)
const words = (bytes: Uint8Array | undefined): number[] => [...new Int32Array((bytes as Uint8Array).slice().buffer)]

/** Counts up by an input from a constant and stops at 20 or more; then the count is doubled and each step's count kept. */
const COUNTER = parseProgram(`program 1
constant @0 "start" i32[2]
input $0 "step" i32[2]
section 0 steps 9 halt %1 {
  %0 = Map i32[2] a=previous %0 from @0:i32 view(1) b=$0:i32 view(1) [ v0 = load a; v1 = load b; v2 = i32.add v0, v1 ]
  %1 = Map i32[1] a=%0:i32 view(1) [ v0 = load a; v1 = i32.le_s v0, 19; v2 = i32.eq v1, 0 ]
}
section 1 steps 3 {
  %0 = Map i32[2] a=previous %0 from section 0 %0:i32 view(1) b=previous %1 from zero:i32 view(1) [ v0 = load a; v1 = load b; v2 = i32.add v0, v1 ]
  %1 = Map i32[2] a=section 0 %0:i32 view(1) b=previous %1 from $0:i32 view(1) [ v0 = load a; v1 = load b; v2 = i32.sub v0, v1 ]
}
output "count" i32[2] = section 0 %0
output "sum" i32[2] = section 1 %0
output "difference" i32[2] = section 1 %1
`)

/** By hand: the fourth count is the first from 20 on. */
const COUNTED = [
  [20, 110],
  [20 + 0 + 15 + 5, 110 + 0 + 108 + 2],
  [20 - 5, 110 - 2],
]

/** A chain of `length` nodes that each add one to a long tensor: many stages, each large enough for several threads. */
function chain(length: number, elements: number) {
  const nodes = Array.from({ length }, (_, i) => {
    const source = i === 0 ? '$0' : `%${i - 1}`
    return `  %${i} = Map i32[${elements}] a=${source}:i32 view(1) [ v0 = load a; v1 = i32.add v0, 1 ]`
  })
  return parseProgram(`program 1
input $0 "x" i32[${elements}]
section 0 steps 1 {
${nodes.join('\n')}
}
output "y" i32[${elements}] = section 0 %${length - 1}
`)
}

describe.each([1, 2])('with %i threads', (numThreads) => {
  const engine = Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker })
  afterAll(() => engine.close())
  const counter = (constants: ConstantBytes[] = [i32(0, 102)]) => engine.load(COUNTER, constants)

  test('default: sections, previous values from every source, a halt by copy', async () => {
    const outputs = await counter([i32(0, 102)]).run([i32(5, 2)])
    expect(outputs.map(words)).toEqual(COUNTED)
  })

  test('default: the same with signal, progress and tap, run after run', async () => {
    const loaded = counter()
    const shares: number[] = []
    const signal = new AbortController().signal
    const options: RunOptions = { signal, onProgress: (share) => shares.push(share), tap: () => undefined }
    for (let run = 0; run < 3; run++) expect((await loaded.run([i32(5, 2)], options)).map(words)).toEqual(COUNTED)
    expect((await loaded.run([i32(5, 2)])).map(words)).toEqual(COUNTED)
    expect(shares.at(-1)).toBe(1)
    const oneRun = shares.slice(0, shares.indexOf(1) + 1)
    expect(oneRun).toEqual([...oneRun].sort((a, b) => a - b))
  })

  test('default: the tap sees each node of each step once, in order, until the halt', async () => {
    const seen: [number, number, number[]][] = []
    await counter().run([i32(5, 2)], { tap: ({ step, node, bytes }) => seen.push([step, node, words(bytes)]) })
    const first = [5, 10, 15, 20].flatMap((count, step) => [
      [step, 0, [count, 104 + 2 * step]],
      [step, 1, [count >= 20 ? 1 : 0]],
    ])
    expect(seen.slice(0, 8)).toEqual(first)
    expect(seen.slice(8).map(([step, node]) => [step, node])).toEqual([
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 2],
      [2, 3],
    ])
  })

  test('default: a batch, and runs that are started together, wait for each other', async () => {
    const loaded = counter()
    const batch = await loaded.runBatch([[i32(5, 2)], [i32(20, 1)], [i32(5, 2)]])
    expect(batch.map((outputs) => words(outputs[0]))).toEqual([COUNTED[0], [20, 103], COUNTED[0]])
    const together = await Promise.all([
      loaded.run([i32(20, 1)]),
      loaded.run([i32(5, 2)], { onProgress: () => undefined }),
      loaded.run([i32(20, 1)]),
    ])
    expect(together.map((outputs) => words(outputs[0]))).toEqual([[20, 103], COUNTED[0], [20, 103]])
  })

  test('default: long tensors through many stages', async () => {
    const elements = 70_001
    const loaded = engine.load(chain(40, elements), [])
    const input = Int32Array.from({ length: elements }, (_, i) => i * 3)
    const [output] = await loaded.run([new Uint8Array(input.buffer)])
    expect(words(output)).toEqual(Array.from(input, (value) => value + 40))
  })

  test('error: a run is cancelled before it begins, in its middle, while it waits; the next one is right', async () => {
    const loaded = engine.load(chain(40, 1000), [])
    const input = new Uint8Array(4000)
    const before = loaded.run([input], { signal: AbortSignal.abort('no need') })
    await expect(before).rejects.toThrow(RunCancelledError)
    await expect(before).rejects.toMatchObject({ code: 'ENGINE_CANCELLED', cause: 'no need' })
    const controller = new AbortController()
    let numTapped = 0
    const running = loaded.run([input], {
      signal: controller.signal,
      onProgress: (share) => share > 0.4 && controller.abort(),
      tap: () => numTapped++,
    })
    const waiting = loaded.run([input], { signal: controller.signal })
    await expect(running).rejects.toThrow(RunCancelledError)
    await expect(waiting).rejects.toThrow(RunCancelledError)
    expect(numTapped).toBeGreaterThanOrEqual(16)
    expect(numTapped).toBeLessThan(40)
    expect(words((await loaded.run([input]))[0])).toEqual(new Array(1000).fill(40))
  })

  test('error: what the tap throws ends the run and leaves the program usable', async () => {
    const loaded = counter()
    const fail = () => {
      throw new TypeError('from the tap')
    }
    await expect(loaded.run([i32(5, 2)], { tap: fail })).rejects.toThrow('from the tap')
    expect(words((await loaded.run([i32(5, 2)]))[0])).toEqual(COUNTED[0])
  })

  test('default: constants are read one by one, once, and let go', async () => {
    let numReads = 0
    const loaded = counter([
      () => {
        numReads++
        return i32(0, 102)
      },
    ])
    expect((await loaded.run([i32(5, 2)])).map(words)).toEqual(COUNTED)
    expect(numReads).toBe(1)
  })

  test('error: inputs and constants of another size, or missing', async () => {
    const loaded = counter()
    await expect(loaded.run([i32(5)])).rejects.toThrow(EngineInputError)
    await expect(loaded.run([i32(5)])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[EngineInputError: Input "step" has 4 bytes, the program takes 8 bytes.]`,
    )
    await expect(loaded.run([])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[EngineInputError: Input "step" is missing, the program takes 8 bytes.]`,
    )
    expect(() => counter([i32(1, 2, 3)])).toThrowErrorMatchingInlineSnapshot(
      `[EngineInputError: Constant "start" has 12 bytes, the program takes 8 bytes.]`,
    )
    expect(() => counter([])).toThrowErrorMatchingInlineSnapshot(
      `[EngineInputError: Constant "start" is missing, the program takes 8 bytes.]`,
    )
  })

  test('edge: a program that needs more than 4 GiB is refused with its size', () => {
    const elements = 2 ** 28
    const large = parseProgram(`program 1
input $0 "x" i32[1]
section 0 steps 1 {
${Array.from({ length: 5 }, (_, i) => `  %${i} = Map i32[${elements}] a=$0:i32 view(0) [ v0 = load a ]`).join('\n')}
}
${Array.from({ length: 5 }, (_, i) => `output "y${i}" i32[${elements}] = section 0 %${i}`).join('\n')}
`)
    const load = () => engine.load(large, [])
    expect(load).toThrow(EngineMemoryError)
    expect(load).toThrow(/needs 53\d{8} bytes of memory; the engine has up to 4 GiB/)
  })

  test('edge: a small constant that a view repeats without end is not packed', () => {
    const columns = 2 ** 24
    const loaded = engine.load(
      parseProgram(`program 1
constant @0 "w" f32[64]
input $0 "x" f32[64]
section 0 steps 1 {
  %0 = MatMul f32[1, ${columns}] a=$0:f32 view(0, 0) b=@0:f32 view(0, 0) {k=64, strideA=1, strideB=1}
}
output "y" f32[1, ${columns}] = section 0 %0
`),
      [new Uint8Array(256)],
    )
    expect(loaded.memoryBytes).toBeLessThan(80 * 2 ** 20)
    loaded.close()
  })
})

test('default: without workers or shared memory there is one thread', () => {
  const engine = Engine.create({ operators: OPERATOR_TABLE, numThreads: 4 })
  expect(engine.numThreads).toBe(1)
})
