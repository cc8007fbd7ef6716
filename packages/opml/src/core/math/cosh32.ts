import { halfExp } from './sinh32.ts'

const { fround } = Math

/**
 * The hyperbolic cosine in f32: at most 2 ulp from the exact value.
 *
 * @see spec/01-numerics.md §8.7
 */
export function cosh32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  const e = halfExp(Math.abs(x))
  return fround(e + fround(0.25 / e))
}
