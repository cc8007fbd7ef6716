import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import { bytesEqual, bytesToHex } from '../core/bytes.ts'
import { TreeOverflowError } from '../core/merkleErrors.ts'
import { merkleRoot } from '../core/merkleRoot.ts'
import { zeroHash } from '../core/merkleZero.ts'
import { seededRandom } from '../core/seededRandom.ts'
import type { Program } from '../graph/program.ts'
import { parseProgram } from '../graph/parseProgram.ts'
import { OPERATOR_TABLE } from '../ops/index.ts'
import { Engine, type LoadedProgram } from './engine.ts'
import { RunCancelledError } from './engineErrors.ts'
import { ENGINE_WORKER_URL, type EngineWorker } from './engineWorkers.ts'
import type { RunState } from './runState.ts'
import { lastStages } from './tracePlan.ts'

function createWorker(): EngineWorker {
  const worker = new Worker(ENGINE_WORKER_URL)
  worker.unref()
  return { post: (message) => worker.postMessage(message), stop: () => void worker.terminate() }
}

const i32 = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)

/**
 * A prologue, a body of which node 0 changes a few elements a step (those that lie `index · stride` apart from the step's place), node 1
 * changes all, node 2 none, node 3 has no elements and node 4 halts; an epilogue that reads the body.
 */
function rowProgram(p: { elements: number; steps: number; halt: number }): Program {
  const { elements, steps, halt } = p
  return parseProgram(
    `program 1
input $0 "x" i32[${elements}]
input $1 "places" i32[${elements}]
section 0 steps 1 {
  %0 = Map i32[${elements}] a=$0:i32 view(1) [ v0 = load a; v1 = i32.mul v0, 3 ]
}
section 1 steps ${steps} halt %4 {
  %0 = Map i32[${elements}] a=previous %0 from section 0 %0:i32 view(1) b=$1:i32 view(1) c=previous %3 from zero:i32 view(0) [ v0 = load a; v1 = load b; v2 = load c; v3 = i32.eq v1, v2; v4 = i32.add v0, v3 ]
  %1 = Map i32[${elements}] a=%0:i32 view(1) b=previous %1 from $0:i32 view(1) [ v0 = load a; v1 = load b; v2 = i32.add v0, v1; v3 = i32.add v2, 1 ]
  %2 = Map i32[${elements}] a=previous %2 from $0:i32 view(1) [ v0 = load a ]
  %3 = Map i32[1] a=previous %3 from zero:i32 view(0) [ v0 = load a; v1 = i32.add v0, 1 ]
  %4 = Map i32[1] a=%3:i32 view(0) [ v0 = load a; v1 = i32.le_s ${halt}, v0 ]
}
section 2 steps 1 {
  %0 = Map i32[${elements}] a=section 1 %0:i32 view(1) b=section 1 %1:i32 view(-1) offset ${elements - 1} [ v0 = load a; v1 = load b; v2 = i32.xor v0, v1 ]
}
output "y" i32[${elements}] = section 2 %0
`.replace(/i32\.le_s (\d+), v0/, (_, n: string) => `i32.const ${n}; v2 = i32.le_s v1, v0`),
  )
}

interface History {
  readonly roots: ReadonlyMap<number, string>
  readonly states: RunState[]
}

async function traced(loaded: LoadedProgram, p: { inputs: Uint8Array[]; blockHeight: number; signal?: AbortSignal }) {
  const history = { roots: new Map<number, string>(), states: [] as RunState[] }
  await loaded.run(p.inputs, {
    ...(p.signal && { signal: p.signal }),
    trace: {
      blockHeight: p.blockHeight,
      onStep: ({ position, roots, state }) => {
        history.roots.set(position, bytesToHex(roots.slice()))
        const kept = state()
        if (kept !== undefined) history.states.push(kept)
      },
    },
  })
  return history as History
}

/** The same by the tap and {@link merkleRoot}. */
async function plainRoots(loaded: LoadedProgram, p: { program: Program; inputs: Uint8Array[]; blockHeight: number }) {
  const roots = new Map<number, string>()
  const outputs = new Map<string, Uint8Array>()
  let [position, last] = [0, -1]
  const first = p.program.sections.map((_, i) =>
    p.program.sections.slice(0, i).reduce((sum, { steps }) => sum + steps, 0),
  )
  const sectionOf = p.program.sections.flatMap(({ nodes }, section) => nodes.map((_, node) => ({ section, node })))
  await loaded.run(p.inputs, {
    tap: ({ step, node, bytes }) => {
      const place = sectionOf[node]
      position = (first[place.section] ?? 0) + step
      if (position !== last) roots.set(position, '0x')
      last = position
      roots.set(position, `${roots.get(position)}${bytesToHex(merkleRoot(bytes, p.blockHeight)).slice(2)}`)
      outputs.set(`${position} ${place.node}`, bytes.slice())
    },
  })
  return { roots, outputs }
}

describe.each([1, 2, 3])('a traced run, %i threads', (numThreads) => {
  const engine = Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker })
  afterAll(() => engine.close())

  const sizes = [1, 31, 32, 33, 4095, 4096, 4097, 8192, 70_001, 150_000]
  test.each(sizes)(
    'property: roots are those of the plain tree, however few blocks change: %i elements',
    async (elements) => {
      const random = seededRandom(elements)
      const program = rowProgram({ elements, steps: 7, halt: 5 })
      const loaded = engine.load(program, [])
      for (const spread of [1, 40, 5000]) {
        const inputs = [
          new Uint8Array(Int32Array.from({ length: elements }, () => random.below(2 ** 30)).buffer),
          new Uint8Array(Int32Array.from({ length: elements }, () => random.below(spread)).buffer),
        ]
        for (const blockHeight of [14, 23]) {
          const expected = await plainRoots(loaded, { program, inputs, blockHeight })
          expect([...expected.roots.keys()]).toEqual([0, 1, 2, 3, 4, 5, 8])
          const history = await traced(loaded, { inputs, blockHeight })
          expect(history.roots).toEqual(expected.roots)
          const signal = new AbortController().signal
          expect((await traced(loaded, { inputs, blockHeight, signal })).roots).toEqual(expected.roots)
        }
      }
      loaded.close()
    },
  )

  test.each([1, 127, 129, 4097])('property: roots of %i single bytes, the last of them too', async (elements) => {
    const program = parseProgram(`program 1
input $0 "x" u8[${elements}]
section 0 steps 1 {
  %0 = Map u8[${elements}] a=$0:u8 view(1) [ v0 = load a; v1 = i32.xor v0, 255 ]
}
output "y" u8[${elements}] = section 0 %0
`)
    const loaded = engine.load(program, [])
    const inputs = [new Uint8Array(elements)]
    const expected = await plainRoots(loaded, { program, inputs, blockHeight: 6 })
    expect((await traced(loaded, { inputs, blockHeight: 6 })).roots).toEqual(expected.roots)
    loaded.close()
  })

  test('property: outputs whose places later ones take are hashed before that', async () => {
    const [length, elements] = [120, 70_001]
    const nodes = Array.from({ length }, (_, i) => {
      const source = i === 0 ? '$0' : `%${i - 1}`
      return `  %${i} = Map i32[${elements}] a=${source}:i32 view(1) [ v0 = load a; v1 = i32.add v0, ${i} ]`
    })
    const program = parseProgram(`program 1
input $0 "x" i32[${elements}]
section 0 steps 1 {
${nodes.join('\n')}
}
output "y" i32[${elements}] = section 0 %${length - 1}
`)
    const loaded = engine.load(program, [])
    const inputs = [new Uint8Array(Int32Array.from({ length: elements }, (_, i) => i * 77).buffer)]
    const expected = await plainRoots(loaded, { program, inputs, blockHeight: 13 })
    for (let run = 0; run < 3; run++)
      expect((await traced(loaded, { inputs, blockHeight: 13 })).roots).toEqual(expected.roots)
    // Far less than the outputs take together, with two layouts.
    expect(loaded.memoryBytes).toBeLessThan((length * elements * 4) / 2)
    loaded.close()
  })

  test('property: plain and traced runs in turns share weights, read once', async () => {
    const size = 1024
    const program = parseProgram(`program 1
constant @0 "packed" f32[${size}, ${size}]
constant @1 "read" f32[${size}, ${size}]
input $0 "x" f32[8, ${size}]
section 0 steps 1 {
  %0 = MatMul f32[8, ${size}] a=$0:f32 view(${size}, 0) b=@0:f32 view(0, 1) {k=${size}, strideA=1, strideB=${size}}
  %1 = Map f32[${size}, ${size}] a=@1:f32 view(${size}, 1) b=%0:f32 view(0, 1) [ v0 = load a; v1 = load b; v2 = f32.add v0, v1 ]
}
output "y" f32[8, ${size}] = section 0 %0
output "z" f32[${size}, ${size}] = section 0 %1
`)
    const random = seededRandom(3)
    const floats = (length: number) =>
      new Uint8Array(Float32Array.from({ length }, () => random.below(2 ** 20) / 2 ** 20 - 0.5).buffer)
    const weights = [floats(size * size), floats(size * size)]
    let numReads = 0
    const loaded = engine.load(
      program,
      weights.map((bytes) => () => {
        numReads++
        return bytes
      }),
    )
    const before = loaded.memoryBytes
    for (let i = 0; i < 3; i++) {
      const inputs = [floats(8 * size)]
      const outputs = await loaded.run(inputs)
      const { roots } = await traced(loaded, { inputs, blockHeight: 15 })
      const hashes = outputs.map((bytes) => bytesToHex(merkleRoot(bytes, 15)).slice(2))
      expect(roots.get(0)).toBe(`0x${hashes.join('')}`)
      // Not by toEqual, which takes seconds for megabytes.
      const isSame = (bytes: Uint8Array, k: number) => bytesEqual(bytes, outputs[k] as Uint8Array)
      const [z] = await loaded.outputsAt(inputs, [{ position: 0, node: 1 }])
      expect(isSame(z as Uint8Array, 1)).toBe(true)
      expect((await loaded.run(inputs)).every(isSame)).toBe(true)
    }
    expect(numReads).toBe(2)
    // The second layout has outputs of 4 MiB and their hashes, but no weights, which are 8 MiB.
    expect(loaded.memoryBytes - before).toBeLessThan(7 * 2 ** 20)
    loaded.close()
  })

  test('default: outputs on the way, from the start and from every state', async () => {
    const program = rowProgram({ elements: 5000, steps: 7, halt: 5 })
    const loaded = engine.load(program, [])
    const inputs = [
      i32(...Array.from({ length: 5000 }, (_, i) => i * i)),
      i32(...Array.from({ length: 5000 }, (_, i) => i % 9)),
    ]
    const { outputs } = await plainRoots(loaded, { program, inputs, blockHeight: 8 })
    const { states } = await traced(loaded, { inputs, blockHeight: 8 })
    expect(states.map(({ section, step, position }) => [section, step, position])).toEqual([
      [1, 0, 1],
      [1, 1, 2],
      [1, 2, 3],
      [1, 3, 4],
      [1, 4, 5],
      [2, 0, 8],
    ])
    const other = [i32(...new Array(5000).fill(7)), inputs[1]]
    for (const from of [undefined, ...states]) {
      await loaded.run(other, { tap: () => undefined })
      const places = [...outputs.keys()]
        .map((key) => key.split(' ').map(Number))
        .map(([position, node]) => ({ position, node }))
        .filter(({ position }) => position >= (from?.position ?? 0))
        .reverse()
      const found = await loaded.outputsAt(inputs, places, { from })
      places.forEach(({ position, node }, i) => {
        const expected = outputs.get(`${position} ${node}`)
        expect(Buffer.compare(found[i], expected ?? new Uint8Array(1)), `position ${position}, node ${node}`).toBe(0)
      })
      const one = places[places.length >> 1]
      const [alone] = await loaded.outputsAt(inputs, [one], { from })
      expect(Buffer.compare(alone, outputs.get(`${one.position} ${one.node}`) ?? new Uint8Array(1))).toBe(0)
    }
  })

  test('error: places that the run does not come to; outputs larger than the tree', async () => {
    const loaded = engine.load(rowProgram({ elements: 100, steps: 7, halt: 2 }), [])
    const inputs = [new Uint8Array(400), new Uint8Array(400)]
    await expect(loaded.outputsAt(inputs, [{ position: 3, node: 0 }])).rejects.toThrow(
      'The run computes nothing at position 3, node 0.',
    )
    await expect(traced(loaded, { inputs, blockHeight: 1 })).rejects.toThrow(TreeOverflowError)
    expect((await traced(loaded, { inputs, blockHeight: 2 })).roots.size).toBe(4)
  })

  test('error: a traced run and a partial one are cancelled, the next one is right', async () => {
    const program = rowProgram({ elements: 100_000, steps: 40, halt: 39 })
    const loaded = engine.load(program, [])
    const inputs = [new Uint8Array(400_000), new Uint8Array(400_000)]
    const controller = new AbortController()
    const running = loaded.run(inputs, {
      signal: controller.signal,
      trace: { blockHeight: 12, onStep: ({ position }) => position === 5 && controller.abort('enough') },
    })
    await expect(running).rejects.toThrow(RunCancelledError)
    await expect(loaded.outputsAt(inputs, [{ position: 3, node: 0 }], { signal: controller.signal })).rejects.toThrow(
      RunCancelledError,
    )
    const fail = () => {
      throw new TypeError('from the caller')
    }
    await expect(loaded.run(inputs, { trace: { blockHeight: 12, onStep: fail } })).rejects.toThrow('from the caller')
    const expected = await plainRoots(loaded, { program, inputs, blockHeight: 12 })
    expect((await traced(loaded, { inputs, blockHeight: 12 })).roots).toEqual(expected.roots)
  })

  test('edge: an output of no bytes, a tree of height 0', async () => {
    const program = parseProgram(`program 1
input $0 "x" i32[3]
section 0 steps 1 {
  %0 = Map i32[0] a=$0:i32 view(0) [ v0 = load a ]
  %1 = Map i32[3] a=$0:i32 view(1) [ v0 = load a ]
}
output "y" i32[3] = section 0 %1
`)
    const loaded = engine.load(program, [])
    for (const blockHeight of [0, 1, 7, 8, 23]) {
      const { roots } = await traced(loaded, { inputs: [i32(1, 2, 3)], blockHeight })
      const expected = [zeroHash(blockHeight), merkleRoot(i32(1, 2, 3), blockHeight)]
      expect(roots.get(0)).toBe(`0x${expected.map((root) => bytesToHex(root).slice(2)).join('')}`)
    }
  })
})

test('default: how long outputs stay to be hashed', () => {
  expect(lastStages([])).toEqual([])
  expect(lastStages([1, 2, 3])).toEqual([2, 2, 3])
  const large = 2 ** 22
  expect(lastStages([5, large, 1, large - 1, 1, 1])).toEqual([1, 3, 4, 5, 5, 6])
  expect(lastStages([large + 1, large + 1, 0, 7])).toEqual([1, 3, 3, 4])
})
