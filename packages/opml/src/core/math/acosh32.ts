import { log1pInRange, logInRange } from './log32.ts'

const { fround } = Math

/**
 * The inverse hyperbolic cosine in f32: at most 2.5 ulp from the exact value. Below 1 and NaN give NaN.
 *
 * @see spec/01-numerics.md §8.9
 */
export function acosh32(x: number): number {
  if (Number.isNaN(x) || x < 1) return Number.NaN
  if (x === Number.POSITIVE_INFINITY) return x
  if (x >= 4096) return logInRange(x, 1, 0)
  const t = fround(x - 1)
  const root = fround(Math.sqrt(fround(fround(t + t) + fround(t * t))))
  return log1pInRange(fround(t + root))
}
