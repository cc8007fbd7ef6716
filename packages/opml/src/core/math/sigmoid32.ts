import { expOfMinusMagnitude } from './exp32.ts'

const { fround } = Math

/**
 * 1 / (1 + exp(−x)) in f32: at most 2.5 ulp from the exact value.
 *
 * @see spec/01-numerics.md §8.10
 */
export function sigmoid32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  const e = expOfMinusMagnitude(x)
  return fround((x < 0 ? e : 1) / fround(1 + e))
}
