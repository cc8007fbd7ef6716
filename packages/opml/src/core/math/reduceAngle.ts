import { HALF_PI_WORD, TWO_OVER_PI_WORDS } from './coefficients.ts'
import { ROUND } from './exp32.ts'
import { f32Bits } from './f32Bits.ts'
import { constant, horner, polynomial } from './polynomial.ts'

const { fround } = Math
const TWO_OVER_PI = constant('TWO_OVER_PI')
const HALF_PI = (['HALF_PI_1', 'HALF_PI_2', 'HALF_PI_3', 'HALF_PI_4'] as const).map(constant)
const SIN = polynomial('SIN')
const COS = polynomial('COS')

/** quadrant · π/2 + high + low, with |high + low| ≤ π/4; the quadrant counts modulo 4. */
export interface ReducedAngle {
  readonly high: number
  readonly low: number
  readonly quadrant: number
}

/**
 * Splits a finite angle a ≥ 0 into quadrants and a remainder in two f32 parts.
 *
 * @see spec/01-numerics.md §8.4
 */
export function reduceAngle(a: number): ReducedAngle {
  if (a > 3072) return reduceLargeAngle(a)
  const n = fround(fround(fround(a * TWO_OVER_PI) + ROUND) - ROUND)
  const [first, second, third, fourth] = HALF_PI.map((part) => fround(n * part)) as [number, number, number, number]
  let r = fround(a - first)
  const s = fround(r - second)
  let rest = fround(fround(r - s) - second)
  r = fround(s - third)
  rest = fround(fround(fround(s - r) - third) + rest)
  rest = fround(rest - fourth)
  const high = fround(r + rest)
  return { high, low: fround(fround(r - high) + rest), quadrant: n & 3 }
}

const TABLE = TWO_OVER_PI_WORDS.reduce((bits, word) => (bits << 32n) | BigInt(word), 0n)
const TABLE_BITS = 32 * TWO_OVER_PI_WORDS.length

/** Payne and Hanek's method: the product of the mantissa with 96 bits of 2/π, modulo 4. */
function reduceLargeAngle(a: number): ReducedAngle {
  const bits = f32Bits(a)
  const mantissa = BigInt((bits & 0x7fffff) | 0x800000)
  const first = (bits >>> 23) - 120
  const window = (TABLE >> BigInt(TABLE_BITS - 96 - first)) & (2n ** 96n - 1n)
  // The last of the three words gives only the upper half of its product.
  const low = mantissa * (window & 0xffffffffn)
  const product = BigInt.asUintN(64, mantissa * (window >> 32n) + (low >> 32n))
  const quadrant = (product + 2n ** 61n) >> 62n
  const fraction = BigInt.asIntN(64, product - (quadrant << 62n))
  const size = fraction < 0n ? -fraction : fraction
  const zeros = 64 - size.toString(2).length
  const angle = Number((((size << BigInt(zeros)) >> 32n) * BigInt(HALF_PI_WORD)) >> 32n)
  const unit = (fraction < 0n ? -1 : 1) * 2 ** (-29 - zeros)
  const [upper, lower] = [((angle & 0xffffff00) >>> 0) * unit, (angle & 0xff) * unit]
  const high = fround(upper + lower)
  return { high, low: fround(fround(upper - high) + lower), quadrant: Number(quadrant & 3n) }
}

/** sin(high + low) in f32. */
export function sinReduced({ high, low }: ReducedAngle): number {
  const z = fround(high * high)
  return fround(high + fround(low + fround(fround(high * z) * horner(z, SIN))))
}

/** cos(high + low) in f32. */
export function cosReduced({ high, low }: ReducedAngle): number {
  const z = fround(high * high)
  const half = fround(0.5 * z)
  const y = fround(fround(fround(z * z) * horner(z, COS)) - fround(high * low))
  const w = fround(1 - half)
  return fround(w + fround(fround(fround(1 - w) - half) + y))
}
