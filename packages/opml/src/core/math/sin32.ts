import { turnSignLike } from './polynomial.ts'
import { cosReduced, reduceAngle, sinReduced } from './reduceAngle.ts'

/**
 * The sine in f32, at any finite angle: at most 0.9 ulp from the exact value. Infinities and NaN give NaN.
 *
 * @see spec/01-numerics.md §8.4
 */
export function sin32(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN
  return turnSignLike(turnedSine(Math.abs(x), 0), x)
}

/** sin(a + turn · π/2) in f32 for a finite a ≥ 0. */
export function turnedSine(a: number, turn: number): number {
  const angle = reduceAngle(a)
  const quadrant = angle.quadrant + turn
  const y = (quadrant & 1) === 0 ? sinReduced(angle) : cosReduced(angle)
  return (quadrant & 2) === 0 ? y : -y
}
