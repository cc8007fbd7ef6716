import { turnSignLike } from './polynomial.ts'
import { cosReduced, reduceAngle, sinReduced } from './reduceAngle.ts'

/**
 * The tangent in f32, at any finite angle: at most 2.5 ulp from the exact value. Infinities and NaN give NaN.
 *
 * @see spec/01-numerics.md §8.5
 */
export function tan32(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN
  const angle = reduceAngle(Math.abs(x))
  const [sine, cosine] = [sinReduced(angle), cosReduced(angle)]
  const y = (angle.quadrant & 1) === 0 ? Math.fround(sine / cosine) : -Math.fround(cosine / sine)
  return turnSignLike(y, x)
}
