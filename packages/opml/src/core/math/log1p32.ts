import { log1pInRange } from './log32.ts'

/**
 * log(1 + x) in f32: at most 1 ulp from the exact value. −1 gives −∞, less than −1 and NaN give NaN, −0 stays.
 *
 * @see spec/01-numerics.md §8.3
 */
export function log1p32(x: number): number {
  if (Number.isNaN(x) || x < -1) return Number.NaN
  if (x === -1) return Number.NEGATIVE_INFINITY
  if (x === Number.POSITIVE_INFINITY) return x
  return log1pInRange(x)
}
