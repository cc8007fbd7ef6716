import { readFileSync } from 'node:fs'
import { loadElf, type MachineImage, type MachineStart, MachineTrace, MemoryTree, taskRun, Translator } from 'opml/vm'
import type { Bench, Figure } from './figure.ts'

const REPEATS = 7
/** Blocks of a fine trace in which every instruction stores. */
const NUM_UPDATES = 4096

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** CPU seconds of `work`. */
function timed<T>(work: () => T): { readonly seconds: number; readonly result: T } {
  const start = cpuSeconds()
  const result = work()
  return { seconds: cpuSeconds() - start, result }
}

interface TraceTimes {
  readonly coarse: number
  readonly fine: number
  readonly witness: number
}

/** One trace from nothing: program loaded, run with its coarse tree, one fine tree in the middle, one witness in it. */
function traceTimes(image: MachineImage, input: Uint8Array): TraceTimes {
  const coarse = timed(() => {
    const createMachine = (start: MachineStart) => new Translator(start)
    const trace = new MachineTrace({ run: taskRun(image, input), coarseHeight: 12, fineHeight: 12, createMachine })
    trace.coarseTree()
    return trace
  })
  const trace = coarse.result
  const middle = Math.floor(trace.numSteps() / 2)
  const fine = timed(() => trace.fineTree(Math.floor(middle / 4096)))
  const witness = timed(() => trace.witness(middle))
  return { coarse: coarse.seconds, fine: fine.seconds, witness: witness.seconds }
}

/** CPU seconds of many updates of single blocks spread over 1 MiB. */
function updateSeconds(): number {
  const tree = new MemoryTree([{ address: 0, bytes: new Uint8Array(2 ** 20).fill(1) }])
  const block = new Uint8Array(128)
  const memory = { read: () => block }
  return timed(() => {
    for (let i = 0; i < NUM_UPDATES; i++) {
      block[0] = i
      tree.updateBlock(memory, Math.imul(i, 2654435761) >>> 19)
      tree.root()
    }
  }).seconds
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function run(): Promise<Figure[]> {
  const image = loadElf(new Uint8Array(readFileSync('models/mnist-f32.elf')))
  const digit = new Uint8Array(readFileSync('models/digits/7.bin'))
  const times = Array.from({ length: REPEATS }, () => traceTimes(image, digit))
  const updates = median(Array.from({ length: REPEATS }, updateSeconds))
  const what = '784-20-10 network in f32'
  const figure = (name: string, value: number, atMost: number): Figure => {
    return { name, value, unit: 's', limit: { kind: 'at most', value: atMost } }
  }
  return [
    figure(
      `${what}: coarse root over 2^12 leaves, run included, CPU time`,
      median(times.map(({ coarse }) => coarse)),
      0.6,
    ),
    figure(`${what}: one fine tree of 2^12 steps, CPU time`, median(times.map(({ fine }) => fine)), 0.1),
    figure(`${what}: one witness in it, CPU time`, median(times.map(({ witness }) => witness)), 0.05),
    figure(`${NUM_UPDATES} memory roots after single stores, CPU time`, updates, 0.1),
  ]
}

/** Times of the commitments that a dispute asks for. */
export const merkleTrace: Bench = { name: 'trace', about: 'coarse and fine trace roots, witnesses, memory roots', run }
