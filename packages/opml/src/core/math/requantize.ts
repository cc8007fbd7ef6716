import { INTEGER_RANGES, type IntegerType } from './f32ToInteger.ts'

/** The scale multiplier / 2^shift of an accumulator, and what is added after it. */
export interface Requantization {
  /** i32. */
  readonly multiplier: number
  /** Bits, 0 to 62. */
  readonly shift: number
  /** i32; 0 where there is none. */
  readonly zeroPoint?: number
}

/** round(acc · multiplier / 2^shift), ties to even: exact, up to 62 bits and a sign. */
export function scaleAccumulator(acc: number, { multiplier, shift }: Requantization): bigint {
  const product = BigInt(acc) * BigInt(multiplier)
  const bits = BigInt(shift)
  const floor = product >> bits
  const twice = (product - (floor << bits)) << 1n
  const one = 1n << bits
  const isUp = twice > one || (twice === one && (floor & 1n) === 1n)
  return isUp ? floor + 1n : floor
}

/**
 * An i32 accumulator as a narrow integer: saturate(round(acc · multiplier / 2^shift) + zeroPoint), ties to even.
 *
 * @see spec/01-numerics.md §3
 */
export function requantize(acc: number, scale: Requantization, type: IntegerType): number {
  const value = scaleAccumulator(acc, scale) + BigInt(scale.zeroPoint ?? 0)
  const [low, high] = INTEGER_RANGES[type]
  return value < BigInt(low) ? low : value > BigInt(high) ? high : Number(value)
}
