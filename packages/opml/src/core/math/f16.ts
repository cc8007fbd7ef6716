import { f32Bits, f32FromBits } from './f32Bits.ts'

/**
 * The f32 value of a binary16, exact. Every NaN gives NaN.
 *
 * @param half - 16 bits.
 * @see spec/01-numerics.md §6
 */
export function f16ToF32(half: number): number {
  const exponent = (half >>> 10) & 31
  const mantissa = half & 0x3ff
  const sign = (half & 0x8000) === 0 ? 1 : -1
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (mantissa + 1024) * 2 ** (exponent - 25))
}

/**
 * The binary16 nearest to an f32, ties to even, as 16 bits. From 65520 on infinity; NaN gives 0x7e00.
 *
 * @see spec/01-numerics.md §6
 */
export function f32ToF16(x: number): number {
  if (Number.isNaN(x)) return 0x7e00
  const bits = f32Bits(x)
  const a = bits & 0x7fffffff
  const sign = (bits >>> 16) & 0x8000
  if (a >= 0x477ff000) return sign | 0x7c00
  if (a >= 0x38800000) return sign | ((a - 0x38000000 + 0xfff + ((a >>> 13) & 1)) >>> 13)
  // Subnormal: a multiple of 2⁻²⁴, rounded by adding and taking away a number whose last place is that.
  const step = 2 ** -24 * 2 ** 23
  const rounded = Math.fround(f32FromBits(a) + step) - step
  return sign | (rounded * 2 ** 24)
}
