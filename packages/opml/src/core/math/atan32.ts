import { constant, oddPolynomial, polynomial, turnSignLike } from './polynomial.ts'

const { fround } = Math
const ATAN = polynomial('ATAN')
const HALF_PI_HIGH = constant('HALF_PI_HIGH')
const HALF_PI_LOW = constant('HALF_PI_LOW')

/**
 * The inverse tangent in f32: at most 2 ulp from the exact value.
 *
 * @see spec/01-numerics.md §8.6
 */
export function atan32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  const a = Math.abs(x)
  if (a <= 1) return turnSignLike(oddPolynomial(a, ATAN), x)
  const y = oddPolynomial(fround(1 / a), ATAN)
  return turnSignLike(fround(HALF_PI_HIGH - fround(y - HALF_PI_LOW)), x)
}
