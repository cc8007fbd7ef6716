import { log1pInRange, logInRange } from './log32.ts'
import { oddPolynomial, polynomial, turnSignLike } from './polynomial.ts'

const { fround } = Math
const ASINH = polynomial('ASINH')

/**
 * The inverse hyperbolic sine in f32: at most 2 ulp from the exact value.
 *
 * @see spec/01-numerics.md §8.9
 */
export function asinh32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  const a = Math.abs(x)
  if (a === Number.POSITIVE_INFINITY) return x
  return turnSignLike(a < 0.5 ? oddPolynomial(a, ASINH) : a < 4096 ? asinhMiddle(a) : logInRange(a, 1, 0), x)
}

/** log1p(a + a² / (1 + √(a² + 1))) */
function asinhMiddle(a: number): number {
  const z = fround(a * a)
  const root = fround(Math.sqrt(fround(z + 1)))
  return log1pInRange(fround(a + fround(z / fround(1 + root))))
}
