import { ASIN, asinArgument } from './asin32.ts'
import { constant, horner } from './polynomial.ts'

const { fround } = Math
const HALF_PI_HIGH = constant('HALF_PI_HIGH')
const HALF_PI_LOW = constant('HALF_PI_LOW')

/**
 * The inverse cosine in f32: at most 1.5 ulp from the exact value. Beyond ±1 and NaN give NaN.
 *
 * @see spec/01-numerics.md §8.6
 */
export function acos32(x: number): number {
  const a = Math.abs(x)
  if (Number.isNaN(x) || a > 1) return Number.NaN
  const { s, z } = asinArgument(x)
  const p = fround(fround(s * z) * horner(z, ASIN))
  if (a <= 0.5) return fround(HALF_PI_HIGH - fround(s - fround(HALF_PI_LOW - p)))
  const half = x < 0 ? fround(HALF_PI_HIGH - fround(s + fround(p - HALF_PI_LOW))) : fround(s + p)
  return half + half
}
