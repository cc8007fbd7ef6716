import { exp32 } from '../../core/math/exp32.ts'
import { foldLanes } from '../../core/math/orderedSum.ts'

const { fround } = Math

/** A dense layer's parameters. */
export interface DenseF32 {
  /** [n, k] row-major. */
  readonly weight: Float32Array
  /** [n]. */
  readonly bias: Float32Array
}

/**
 * y[n] = weight[n, k] · x[k] + bias[n] in f32.
 *
 * Lane l of 16, from +0, adds the products of i ≡ l (mod 16) upward; the lanes fold; the bias is added last.
 */
export function denseF32({ weight, bias }: DenseF32, x: Float32Array): Float32Array {
  const lanes = new Float32Array(16)
  return bias.map((b, j) => {
    lanes.fill(0)
    const row = j * x.length
    for (let i = 0; i < x.length; i++)
      lanes[i & 15] = (lanes[i & 15] as number) + fround((weight[row + i] as number) * (x[i] as number))
    return foldLanes(lanes) + b
  })
}

/** x where x > 0, NaN where NaN, +0 elsewhere. */
export function reluF32(x: Float32Array): Float32Array {
  return x.map((value) => (value > 0 || Number.isNaN(value) ? value : 0))
}

/** Index of the first greatest element; NaN is never greatest (all NaN: 0). */
export function argmax(x: Float32Array | Int16Array): number {
  let best = 0
  for (let i = 1; i < x.length; i++) {
    const isFirstNumber = Number.isNaN(x[best]) && !Number.isNaN(x[i])
    if ((x[i] as number) > (x[best] as number) || isFirstNumber) best = i
  }
  return best
}

/** exp(x − max x) / Σ, the sum in 16 lanes. */
export function softmaxF32(x: Float32Array): Float32Array {
  const max = x[argmax(x)] as number
  const powers = x.map((value) => exp32(fround(value - max)))
  const lanes = new Float32Array(16)
  powers.forEach((power, i) => {
    lanes[i & 15] = (lanes[i & 15] as number) + power
  })
  const sum = foldLanes(lanes)
  return powers.map((power) => power / sum)
}
