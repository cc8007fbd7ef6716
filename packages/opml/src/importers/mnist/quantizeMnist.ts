import { CalibrationError } from './errors.ts'
import type { DenseF32 } from './f32Kernels.ts'
import type { DenseI8 } from './fixedKernels.ts'
import { hiddenOfMnistF32 } from './mnistF32.ts'
import type { MnistF32 } from './mnistF32.ts'
import type { MnistInt8 } from './mnistInt8.ts'
import { MNIST_SHAPE } from './modelRegion.ts'

const PIXEL_SCALE = 1 / 255
const LOGIT_SCALE = 1 / 256
const ZERO_POINT = -128
const MAX_SHIFT = 62

/**
 * The 8-bit fixed-point form of an f32 network, by rounding after training.
 *
 * Weights: i8 in −127 … 127 with one scale an output, max|row| / 127. Pixels: scale 1/255, zero point −128. Hidden layer: zero point −128, scale =
 * greatest activation over the calibration images / 255. Logits: i16 in 1/256. Doubles are used with + − × ÷ and floor alone, so the result is
 * the same everywhere.
 *
 * @param images - calibration images, 784 bytes each, one after the other.
 * @throws {CalibrationError} no image, a length that is no multiple of 784, or a hidden layer that is always 0.
 */
export function quantizeMnist(network: MnistF32, images: Uint8Array): MnistInt8 {
  const hiddenScale = greatestActivation(network, images) / 255
  const fc1 = quantizeLayer(network.fc1, { inputScale: PIXEL_SCALE, inputZeroPoint: -128, outputScale: hiddenScale })
  const fc2 = quantizeLayer(network.fc2, {
    inputScale: hiddenScale,
    inputZeroPoint: ZERO_POINT,
    outputScale: LOGIT_SCALE,
  })
  return { fc1, zeroPoint: ZERO_POINT, fc2 }
}

function greatestActivation(network: MnistF32, images: Uint8Array): number {
  const { inputs } = MNIST_SHAPE
  if (images.length === 0 || images.length % inputs !== 0)
    throw new CalibrationError({ reason: `${images.length} bytes are not a positive multiple of ${inputs}` })
  let greatest = 0
  for (let at = 0; at < images.length; at += inputs)
    for (const value of hiddenOfMnistF32(network, images.subarray(at, at + inputs)))
      greatest = Math.max(greatest, value)
  if (greatest === 0) throw new CalibrationError({ reason: 'the hidden layer is 0 for all of them' })
  if (!Number.isFinite(greatest)) throw new CalibrationError({ reason: 'the hidden layer overflows' })
  return greatest
}

interface Scales {
  readonly inputScale: number
  readonly inputZeroPoint: number
  readonly outputScale: number
}

function quantizeLayer({ weight, bias }: DenseF32, scales: Scales): DenseI8 {
  const n = bias.length
  const k = weight.length / n
  const layer = {
    weight: new Int8Array(n * k),
    bias: new Int32Array(n),
    multiplier: new Int32Array(n),
    shift: new Int32Array(n),
  }
  for (let j = 0; j < n; j++) {
    const row = weight.subarray(j * k, (j + 1) * k)
    const greatest = row.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
    const weightScale = greatest === 0 ? 1 : greatest / 127
    let sum = 0
    row.forEach((value, i) => {
      const q = Math.floor(value / weightScale + 0.5)
      layer.weight[j * k + i] = q
      sum += q
    })
    const accScale = scales.inputScale * weightScale
    layer.bias[j] = saturate32(Math.floor((bias[j] as number) / accScale + 0.5) - scales.inputZeroPoint * sum)
    const { multiplier, shift } = toFixedPoint(accScale / scales.outputScale)
    layer.multiplier[j] = multiplier
    layer.shift[j] = shift
  }
  return layer
}

/** A bias beyond 32 bits saturates here, and readMnistInt8 refuses it by its bound. */
function saturate32(value: number): number {
  return Math.max(-0x7fffffff, Math.min(0x7fffffff, value))
}

/** scale ≈ multiplier / 2^shift, 31 significant bits where the shift's limit of 62 allows. */
function toFixedPoint(scale: number): { multiplier: number; shift: number } {
  let shift = 0
  let scaled = scale
  while (scaled < 0x40000000 && shift < MAX_SHIFT) {
    scaled *= 2
    shift++
  }
  return { multiplier: Math.min(0x7fffffff, Math.floor(scaled + 0.5)), shift }
}
