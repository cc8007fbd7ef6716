import { log1pInRange } from './log32.ts'
import { oddPolynomial, polynomial, turnSignLike } from './polynomial.ts'

const { fround } = Math
const ATANH = polynomial('ATANH')

/**
 * The inverse hyperbolic tangent in f32: at most 1.5 ulp from the exact value. ±1 give ±∞; beyond and NaN give NaN.
 *
 * @see spec/01-numerics.md §8.9
 */
export function atanh32(x: number): number {
  const a = Math.abs(x)
  if (Number.isNaN(x) || a > 1) return Number.NaN
  if (a === 1) return turnSignLike(Number.POSITIVE_INFINITY, x)
  const y = a < 0.5 ? oddPolynomial(a, ATANH) : fround(0.5 * log1pInRange(fround((a + a) / fround(1 - a))))
  return turnSignLike(y, x)
}
