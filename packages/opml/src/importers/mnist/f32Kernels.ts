/** The one bit pattern of NaN. */
const F32_NAN_BITS = 0x7fc00000

const scratch = new DataView(new ArrayBuffer(4))

/** Bits of an f32 value; every NaN has the bits 0x7fc00000. */
export function f32Bits(value: number): number {
  if (Number.isNaN(value)) return F32_NAN_BITS
  scratch.setFloat32(0, value)
  return scratch.getUint32(0)
}

/** The f32 value of 32 bits (an integer, signed or unsigned). */
export function f32FromBits(bits: number): number {
  scratch.setUint32(0, bits >>> 0)
  return scratch.getFloat32(0)
}

const { fround } = Math
const LOG2_E = fround(1.4426950408889634)
const LN2_HIGH = f32FromBits(0x3f317200)
const LN2_LOW = f32FromBits(0x35bfbe8e)
const ROUND = 12582912
const COEFFICIENTS = [1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2].map(fround)

/**
 * exp(x) in f32, from + − × and integer bit operations; at most 1.03 ulp from the exact value. NaN gives NaN, above 89 +∞, below −104 +0.
 *
 * The same operations in the same order as `f32_exp` in kernels/ops/f32.c.
 */
export function expF32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  if (x > 89) return Number.POSITIVE_INFINITY
  if (x < -104) return 0
  const shifted = fround(fround(x * LOG2_E) + ROUND)
  const whole = fround(shifted - ROUND)
  const r = fround(fround(x - fround(whole * LN2_HIGH)) - fround(whole * LN2_LOW))
  let q = COEFFICIENTS[0] as number
  for (let i = 1; i < COEFFICIENTS.length; i++) q = fround(fround(q * r) + (COEFFICIENTS[i] as number))
  const y = fround(1 + fround(r + fround(fround(r * r) * q)))
  const half = whole >> 1
  return fround(fround(y * powerOfTwo(half)) * powerOfTwo(whole - half))
}

function powerOfTwo(exponent: number): number {
  return f32FromBits((exponent + 127) << 23)
}

/** Sum of 16 lanes by folding 8, 4, 2, 1: lane j += lane j + 8, and so on. Overwrites the lanes. */
export function foldLanesF32(lanes: Float32Array): number {
  for (let width = 8; width > 0; width >>= 1)
    for (let j = 0; j < width; j++) lanes[j] = (lanes[j] as number) + (lanes[j + width] as number)
  return lanes[0] as number
}

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
    return foldLanesF32(lanes) + b
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
  const powers = x.map((value) => expF32(fround(value - max)))
  const lanes = new Float32Array(16)
  powers.forEach((power, i) => {
    lanes[i & 15] = (lanes[i & 15] as number) + power
  })
  const sum = foldLanesF32(lanes)
  return powers.map((power) => power / sum)
}
