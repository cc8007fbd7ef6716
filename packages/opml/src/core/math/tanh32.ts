import { expInRange } from './exp32.ts'
import { oddPolynomial, polynomial, turnSignLike } from './polynomial.ts'

const { fround } = Math
const TANH = polynomial('TANH')

/**
 * The hyperbolic tangent in f32: at most 1.5 ulp from the exact value; ±1 from 10 on.
 *
 * @see spec/01-numerics.md §8.7
 */
export function tanh32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  const a = Math.abs(x)
  return turnSignLike(a < 1 ? oddPolynomial(a, TANH) : tanhFromExp(a < 10 ? a : 10), x)
}

function tanhFromExp(a: number): number {
  return fround(1 - fround(2 / fround(expInRange(a + a, 0) + 1)))
}
