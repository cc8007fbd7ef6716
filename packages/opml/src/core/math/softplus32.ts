import { expOfMinusMagnitude } from './exp32.ts'
import { log1pInRange } from './log32.ts'

const { fround } = Math

/**
 * log(1 + exp(x)) = max(x, 0) + log1p(exp(−|x|)) in f32: at most 2 ulp from the exact value.
 *
 * @see spec/01-numerics.md §8.10
 */
export function softplus32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  return fround((x < 0 ? 0 : x) + log1pInRange(expOfMinusMagnitude(x)))
}
