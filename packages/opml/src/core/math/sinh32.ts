import { expInRange } from './exp32.ts'
import { oddPolynomial, polynomial, turnSignLike } from './polynomial.ts'

const { fround } = Math
const SINH = polynomial('SINH')

/**
 * The hyperbolic sine in f32: at most 2 ulp from the exact value.
 *
 * @see spec/01-numerics.md §8.7
 */
export function sinh32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  const a = Math.abs(x)
  if (a < 1) return turnSignLike(oddPolynomial(a, SINH), x)
  const e = halfExp(a)
  return turnSignLike(fround(e - fround(0.25 / e)), x)
}

/** exp(a) / 2 in f32; the argument stops at 90, where this is +∞. */
export function halfExp(a: number): number {
  return expInRange(a < 90 ? a : 90, -1)
}
