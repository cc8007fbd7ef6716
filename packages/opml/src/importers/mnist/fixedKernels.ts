import { requantize } from '../../core/math/requantize.ts'
import { EXP_FRACTION_Q15, EXP_WHOLE_Q15 } from './expTable.ts'

/** Integer parameters of a dense layer whose sums are scaled to a narrow type. */
export interface DenseI8 {
  /** [n, k] row-major. */
  readonly weight: Int8Array
  /** [n], in units of the sums; holds the zero points' share too. */
  readonly bias: Int32Array
  /** [n]; the scale of row j is multiplier / 2^shift. */
  readonly multiplier: Int32Array
  /** [n], 0 to 62. */
  readonly shift: Int32Array
}

/** acc[n] i32 = weight[n, k] · x[k] + bias[n]; exact where no sum leaves 32 bits. */
export function denseI8({ weight, bias }: DenseI8, x: Int8Array): Int32Array {
  return bias.map((b, j) => {
    let sum = b
    for (let i = 0; i < x.length; i++) sum = (sum + (weight[j * x.length + i] as number) * (x[i] as number)) | 0
    return sum
  })
}

/** saturate(round(acc · multiplier / 2^shift) + zeroPoint) to i8, ties to even. */
export function requantizeI8(acc: Int32Array, layer: DenseI8, zeroPoint: number): Int8Array {
  return Int8Array.from(acc, (sum, j) => requantize(sum, { ...scaleOf(layer, j), zeroPoint }, 'i8'))
}

/** saturate(round(acc · multiplier / 2^shift)) to i16, ties to even. */
export function requantizeI16(acc: Int32Array, layer: DenseI8): Int16Array {
  return Int16Array.from(acc, (sum, j) => requantize(sum, scaleOf(layer, j), 'i16'))
}

function scaleOf(layer: DenseI8, j: number): { multiplier: number; shift: number } {
  return { multiplier: layer.multiplier[j] as number, shift: layer.shift[j] as number }
}

/** max(x, zeroPoint). */
export function reluI8(x: Int8Array, zeroPoint: number): Int8Array {
  return x.map((value) => (value < zeroPoint ? zeroPoint : value))
}

/** 2^15 · exp(−d / 256) for an integer d ≥ 0: a whole-number table times a fraction table, rounded; 0 from d = 12 · 256 on. */
export function expQ15(d: number): number {
  if (d >= 12 << 8) return 0
  return ((EXP_WHOLE_Q15[d >> 8] as number) * (EXP_FRACTION_Q15[d & 255] as number) + (1 << 14)) >> 15
}

/** round(65535 · exp((x − max x) / 256) / Σ), halves up: x has 8 fraction bits. */
export function softmaxI16(x: Int16Array): Uint16Array {
  const max = x.reduce((best, value) => (value > best ? value : best))
  const powers = Array.from(x, (value) => expQ15(max - value))
  const sum = powers.reduce((total, power) => total + power, 0)
  return Uint16Array.from(powers, (power) => Math.floor((power * 65535 + (sum >> 1)) / sum))
}
