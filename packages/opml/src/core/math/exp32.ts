import { f32FromBits } from './f32Bits.ts'
import { constant, horner, polynomial } from './polynomial.ts'

const { fround } = Math
const LOG2_E = constant('LOG2_E')
const LN2_HIGH = constant('LN2_HIGH')
const LN2_LOW = constant('LN2_LOW')
/** x + ROUND − ROUND rounds |x| < 2²² to a whole number, ties to even. */
export const ROUND = 12582912
/** exp(r) = 1 + r + r² p(r). */
export const EXP = polynomial('EXP')

/**
 * The exponential in f32: at most 1.03 ulp from the exact value. NaN gives NaN, above 89 +∞, below −104 +0.
 *
 * @see spec/01-numerics.md §8.1
 */
export function exp32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  if (x > 89) return Number.POSITIVE_INFINITY
  if (x < -104) return 0
  return expInRange(x, 0)
}

/** exp(x) · 2^extra in f32 for −104 ≤ x ≤ 90. */
export function expInRange(x: number, extra: number): number {
  const whole = fround(fround(fround(x * LOG2_E) + ROUND) - ROUND)
  const r = fround(fround(x - fround(whole * LN2_HIGH)) - fround(whole * LN2_LOW))
  const y = fround(1 + fround(r + fround(fround(r * r) * horner(r, EXP))))
  return scaleByPowerOfTwo(y, whole + extra)
}

/** exp(−|x|) in f32; the argument stops at −104, where exp is 0. NaN gives 0. */
export function expOfMinusMagnitude(x: number): number {
  const a = Math.abs(x)
  return expInRange(a < 104 ? -a : -104, 0)
}

/** y · 2ⁿ for y in [½, 2] and −151 < n < 131: two exact factors, one rounding. */
export function scaleByPowerOfTwo(y: number, n: number): number {
  const half = n >> 1
  return fround(fround(y * f32FromBits((half + 127) << 23)) * f32FromBits((n - half + 127) << 23))
}
