import { exp32 } from '../../packages/opml/src/core/math/exp32.ts'
import type { Machine, MachineImage } from '../../packages/opml/src/vm/machine.ts'
import { runGuest } from './guestProgram.ts'
import { SOFTFLOAT_OPERATIONS } from './softfloatOperands.ts'
import type { SoftfloatOperation } from './softfloatOperands.ts'

const CANONICAL_NAN = 0x7fc00000
const { fround } = Math

const cell = new Float32Array(1)
const cellBits = new Uint32Array(cell.buffer)

function floatOf(bits: number): number {
  cellBits[0] = bits
  return cell[0] as number
}

function bitsOf(value: number): number {
  cell[0] = value
  return Number.isNaN(value) ? CANONICAL_NAN : (cellBits[0] as number)
}

/** Towards zero, saturated; NaN gives 0. */
function truncate(value: number, low: number, high: number): number {
  return Number.isNaN(value) ? 0 : Math.max(low, Math.min(high, Math.trunc(value)))
}

/**
 * The right result of each operation, from double arithmetic rounded once: a double holds a product of two f32 exactly, and rounding a sum, quotient
 * or square root first to 53 and then to 24 bits gives what rounding once gives (53 ≥ 2 · 24 + 2).
 */
const EXPECTED: Record<SoftfloatOperation, (a: number, b: number) => number> = {
  add: (a, b) => bitsOf(fround(floatOf(a) + floatOf(b))),
  sub: (a, b) => bitsOf(fround(floatOf(a) - floatOf(b))),
  mul: (a, b) => bitsOf(fround(floatOf(a) * floatOf(b))),
  div: (a, b) => bitsOf(fround(floatOf(a) / floatOf(b))),
  sqrt: (a) => bitsOf(fround(Math.sqrt(floatOf(a)))),
  eq: (a, b) => Number(floatOf(a) === floatOf(b)),
  lt: (a, b) => Number(floatOf(a) < floatOf(b)),
  le: (a, b) => Number(floatOf(a) <= floatOf(b)),
  fromI32: (a) => bitsOf(fround(a | 0)),
  fromU32: (a) => bitsOf(fround(a)),
  toI32: (a) => truncate(floatOf(a), -0x80000000, 0x7fffffff) >>> 0,
  toU32: (a) => truncate(floatOf(a), 0, 0xffffffff) >>> 0,
  kernelAdd: (a, b) => bitsOf(fround(floatOf(a) + floatOf(b))),
  kernelMul: (a, b) => bitsOf(fround(floatOf(a) * floatOf(b))),
  exp: (a) => bitsOf(exp32(floatOf(a))),
}

/** What a batch showed: how many operations the guest got wrong, and the first of them. */
export interface SoftfloatBatch {
  readonly operations: number
  readonly wrong: number
  readonly first: string | undefined
  readonly steps: number
}

/** Runs one operation on pairs of words in the guest and compares every result with {@link EXPECTED}. */
export function checkBatch(p: {
  machine: Machine
  image: MachineImage
  operation: SoftfloatOperation
  pairs: Uint32Array
}): SoftfloatBatch {
  const { machine, image, operation, pairs } = p
  const words = new Uint32Array(1 + pairs.length)
  words[0] = SOFTFLOAT_OPERATIONS.indexOf(operation)
  words.set(pairs, 1)
  const run = runGuest({ machine, image, input: new Uint8Array(words.buffer), maxSteps: 2 ** 40 })
  const n = pairs.length / 2
  if (run.output.length !== 4 * n)
    throw new Error(`The guest ended at pc ${run.pc.toString(16)} with exit code ${run.exitCode}.`)
  const results = new DataView(run.output.buffer, run.output.byteOffset)
  const expect = EXPECTED[operation]
  let wrong = 0
  let first: string | undefined
  for (let i = 0; i < n; i++) {
    const [a, b] = [pairs[2 * i] as number, pairs[2 * i + 1] as number]
    const [actual, expected] = [results.getUint32(4 * i, true), expect(a, b) >>> 0]
    if (actual === expected) continue
    wrong++
    first ??= `${operation}(${a.toString(16)}, ${b.toString(16)}) = ${actual.toString(16)}, not ${expected.toString(16)}`
  }
  return { operations: n, wrong, first, steps: run.steps }
}
