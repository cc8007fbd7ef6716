/// <reference lib="dom" />
import { readFileSync } from 'node:fs'
import { f32FromBits, seededRandom } from 'opml/core'
import { loadElf, Translator } from 'opml/vm'
import type { Bench, Figure } from './figure.ts'

/** The functions in the order of kernels/math/apply.h, with the JavaScript function beside each and the range it is timed on. */
const FUNCTIONS: readonly { name: string; peer?: (x: number, y: number) => number; low: number; high: number }[] = [
  { name: 'acos', peer: Math.acos, low: -1, high: 1 },
  { name: 'acosh', peer: Math.acosh, low: 1, high: 100 },
  { name: 'asin', peer: Math.asin, low: -1, high: 1 },
  { name: 'asinh', peer: Math.asinh, low: -8, high: 8 },
  { name: 'atan', peer: Math.atan, low: -8, high: 8 },
  { name: 'atanh', peer: Math.atanh, low: -1, high: 1 },
  { name: 'cos', peer: Math.cos, low: -100, high: 100 },
  { name: 'cosh', peer: Math.cosh, low: -8, high: 8 },
  { name: 'erf', low: -4, high: 4 },
  { name: 'exp', peer: Math.exp, low: -20, high: 20 },
  { name: 'log', peer: Math.log, low: 0.01, high: 100 },
  { name: 'log1p', peer: Math.log1p, low: -0.9, high: 8 },
  { name: 'sigmoid', peer: (x) => 1 / (1 + Math.exp(-x)), low: -8, high: 8 },
  { name: 'sin', peer: Math.sin, low: -100, high: 100 },
  { name: 'sinh', peer: Math.sinh, low: -8, high: 8 },
  { name: 'softplus', peer: (x) => Math.log1p(Math.exp(x)), low: -8, high: 8 },
  { name: 'tan', peer: Math.tan, low: -100, high: 100 },
  { name: 'tanh', peer: Math.tanh, low: -4, high: 4 },
  { name: 'pow', peer: (x, y) => x ** y, low: 0.01, high: 10 },
]

const NUM_ELEMENTS = 1 << 16
const NUM_ROUNDS = 20
const NUM_GUEST_CALLS = 2000
const START = 131_072
const [Y, A, B] = [START, START + 4 * NUM_ELEMENTS, START + 8 * NUM_ELEMENTS]

type Call = (...operands: number[]) => void

// SAFETY: math.wasm is built from kernels/math, whose exports these types list.
function loadModule() {
  const bytes = readFileSync(new URL('../../kernels/math/math.wasm', import.meta.url))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  const memory = exports['memory'] as WebAssembly.Memory
  memory.grow(16)
  return { call: exports as unknown as Readonly<Record<string, Call>>, memory }
}

/** Nanoseconds an element of the fastest of some rounds. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < NUM_ROUNDS; round++) {
    const start = performance.now()
    work()
    best = Math.min(best, performance.now() - start)
  }
  return (best * 1e6) / NUM_ELEMENTS
}

const image = loadElf(readFileSync(new URL('../../guest/images/numerics.elf', import.meta.url)))

/** Instructions of the guest for one call, loop included, on the first operands. */
function guestSteps(rule: number, a: Float32Array, b: Float32Array): number {
  const machine = new Translator(image)
  const slot = new Uint32Array(2 + 2 * NUM_GUEST_CALLS)
  slot[0] = 4 + 8 * NUM_GUEST_CALLS
  slot[1] = rule
  new Float32Array(slot.buffer).set(a.subarray(0, NUM_GUEST_CALLS), 2)
  new Float32Array(slot.buffer).set(b.subarray(0, NUM_GUEST_CALLS), 2 + NUM_GUEST_CALLS)
  machine.memory.write(image.input.address, new Uint8Array(slot.buffer))
  machine.registers[0] = image.entry
  const steps = machine.run(2 ** 40)
  if (machine.registers[10] !== 0) throw new Error(`The guest exited with ${machine.registers[10]}.`)
  return steps / NUM_GUEST_CALLS
}

function measure({ call, memory }: ReturnType<typeof loadModule>, rule: number): Figure[] {
  const { name, peer, low, high } = FUNCTIONS[rule]
  const random = seededRandom(rule)
  const [y, a, b] = [Y, A, B].map((address) => new Float32Array(memory.buffer, address, NUM_ELEMENTS))
  for (let i = 0; i < NUM_ELEMENTS; i++) {
    a[i] = low + (high - low) * (f32FromBits(0x3f800000 | (random.below(2 ** 32) >>> 9)) - 1)
    b[i] = (i % 17) / 2 - 4
  }
  const operands = name === 'pow' ? [A, B] : [A]
  const simd = fastest(() => call[`${name}32_array`](Y, ...operands, NUM_ELEMENTS))
  const scalar = fastest(() => call['apply_scalar'](rule, Y, A, B, NUM_ELEMENTS))
  const unit = 'ns/element'
  const javaScript = (f: (x: number, y: number) => number) =>
    fastest(() => {
      for (let i = 0; i < NUM_ELEMENTS; i++) y[i] = f(a[i], b[i])
    })
  const peerValue = peer === undefined ? undefined : javaScript(peer)
  const beside = (value: number) =>
    peerValue === undefined ? {} : { peer: 'JavaScript Math', peerValue, ratio: peerValue / value }
  return [
    { name: `${name}, WASM SIMD`, value: simd, unit, ...beside(simd) },
    { name: `${name}, WASM scalar`, value: scalar, unit, ...beside(scalar) },
    { name: `${name}, guest`, value: guestSteps(rule, a, b), unit: 'instructions' },
  ]
}

async function run(): Promise<Figure[]> {
  const module = loadModule()
  return FUNCTIONS.flatMap((_, rule) => measure(module, rule))
}

/** Time and instructions of one elementary function. */
export const math: Bench = {
  name: 'math',
  about: 'the elementary functions: time in WASM beside JavaScript Math, instructions in the guest',
  run,
}
