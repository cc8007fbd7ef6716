import { constant, horner, polynomial, turnSignLike } from './polynomial.ts'

const { fround } = Math
/** asin(s) = s + s³ p(s²), |s| ≤ ½. */
export const ASIN = polynomial('ASIN')
const HALF_PI_HIGH = constant('HALF_PI_HIGH')
const HALF_PI_LOW = constant('HALF_PI_LOW')

/**
 * The inverse sine in f32: at most 2.5 ulp from the exact value. Beyond ±1 and NaN give NaN.
 *
 * @see spec/01-numerics.md §8.6
 */
export function asin32(x: number): number {
  const a = Math.abs(x)
  if (Number.isNaN(x) || a > 1) return Number.NaN
  const { s, z } = asinArgument(a)
  const y = fround(s + fround(fround(s * z) * horner(z, ASIN)))
  return turnSignLike(a > 0.5 ? fround(HALF_PI_HIGH - fround(fround(y + y) - HALF_PI_LOW)) : y, x)
}

/** s and z = s² for |x| ≤ ½: x itself; above: √((1 − |x|) / 2). */
export function asinArgument(x: number): { s: number; z: number } {
  const a = Math.abs(x)
  if (a <= 0.5) return { s: x, z: fround(x * x) }
  const z = fround(0.5 * fround(1 - a))
  return { s: fround(Math.sqrt(z)), z }
}
