import { f32Bits, f32FromBits } from './f32Bits.ts'

/**
 * The f32 value of a bfloat16 (the upper half of its bits), exact.
 *
 * @param upper - 16 bits.
 * @see spec/01-numerics.md §6
 */
export function bf16ToF32(upper: number): number {
  return f32FromBits(upper << 16)
}

/**
 * The bfloat16 nearest to an f32, ties to even, as 16 bits; NaN gives 0x7fc0.
 *
 * @see spec/01-numerics.md §6
 */
export function f32ToBf16(x: number): number {
  const bits = f32Bits(x)
  return Number.isNaN(x) ? 0x7fc0 : ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff
}
