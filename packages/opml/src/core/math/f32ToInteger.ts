/** Integer types that f32 converts to. */
export type IntegerType = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32'

/** Least and greatest value of each integer type. */
export const INTEGER_RANGES: Readonly<Record<IntegerType, readonly [number, number]>> = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32768, 32767],
  u16: [0, 65535],
  i32: [-2147483648, 2147483647],
  u32: [0, 4294967295],
}

/** The nearest value of an integer type to a whole number or infinity. */
export function saturate(value: number, type: IntegerType): number {
  const [low, high] = INTEGER_RANGES[type]
  return value < low ? low : value > high ? high : value
}

/**
 * An f32 as an integer: towards zero, saturated; NaN gives 0.
 *
 * @see spec/01-numerics.md §5
 */
export function f32ToInteger(x: number, type: IntegerType): number {
  return Number.isNaN(x) ? 0 : saturate(Math.trunc(x), type) + 0
}
