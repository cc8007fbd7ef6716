import { turnedSine } from './sin32.ts'

/**
 * The cosine in f32, at any finite angle: at most 0.9 ulp from the exact value. Infinities and NaN give NaN.
 *
 * @see spec/01-numerics.md §8.4
 */
export function cos32(x: number): number {
  return Number.isFinite(x) ? turnedSine(Math.abs(x), 1) : Number.NaN
}
