import { expInRange } from './exp32.ts'
import { horner, polynomial, turnSignLike } from './polynomial.ts'

const { fround } = Math
const ERF_SMALL = polynomial('ERF_SMALL')
const ERF_LARGE = polynomial('ERF_LARGE')

/**
 * The error function in f32: at most 1.5 ulp from the exact value; ±1 from 4 on.
 *
 * @see spec/01-numerics.md §8.8
 */
export function erf32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  const a = Math.abs(x)
  return turnSignLike(a < 1 ? erfSmall(a) : erfLarge(a < 4 ? a : 4), x)
}

function erfSmall(a: number): number {
  return fround(a + fround(a * horner(fround(a * a), ERF_SMALL)))
}

function erfLarge(a: number): number {
  return fround(1 - expInRange(horner(a, ERF_LARGE), 0))
}
