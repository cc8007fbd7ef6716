import { SQRT_HALF_BITS } from './coefficients.ts'
import { f32Bits, f32FromBits } from './f32Bits.ts'
import { constant, horner, polynomial } from './polynomial.ts'

const { fround } = Math
const LN2_HIGH = constant('LN2_HIGH')
const LN2_LOW = constant('LN2_LOW')
const LOG = polynomial('LOG')

/**
 * The natural logarithm in f32: at most 0.8 ulp from the exact value. ±0 give −∞; negative numbers and NaN give NaN.
 *
 * @see spec/01-numerics.md §8.2
 */
export function log32(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY
  if (Number.isNaN(x) || x < 0) return Number.NaN
  if (x === Number.POSITIVE_INFINITY) return x
  const { normal, extra } = normalOf(x)
  return logInRange(normal, extra, 0)
}

/** log(1 + t) for finite t > −1 in f32. */
export function log1pInRange(t: number): number {
  if (Math.abs(t) < 2 ** -25) return t
  const sum = fround(1 + t)
  const rest = Math.abs(t) > 1 ? fround(1 - fround(sum - t)) : fround(t - fround(sum - 1))
  return logInRange(sum, 0, fround(rest / sum))
}

/** log(x · 2^extra) + tail in f32, for a positive normal x and |tail| ≤ 2⁻²³. */
export function logInRange(x: number, extra: number, tail: number): number {
  const { f, exponent } = splitMantissa(x)
  const k = exponent + extra
  const z = fround(f * f)
  let y = fround(fround(f * z) * horner(f, LOG))
  y = fround(y + fround(k * LN2_LOW))
  y = fround(y + tail)
  y = fround(y - fround(0.5 * z))
  const high = fround(k * LN2_HIGH)
  const sum = fround(high + f)
  return fround(sum + fround(fround(f - fround(sum - high)) + y))
}

/** A positive normal f32 as 2^exponent (1 + f), 1 + f in [√½, √2); f is exact. */
export function splitMantissa(x: number): { f: number; exponent: number } {
  const exponent = (f32Bits(x) - SQRT_HALF_BITS) >> 23
  return { f: fround(f32FromBits(f32Bits(x) - (exponent << 23)) - 1), exponent }
}

/** A positive f32 as normal · 2^extra, exactly. */
export function normalOf(x: number): { normal: number; extra: number } {
  return x < 2 ** -126 ? { normal: x * 2 ** 23, extra: -23 } : { normal: x, extra: 0 }
}
