import { bytesOf32, readI32, readI8 } from '../safetensors/readTensor.ts'
import { encodeSafetensors, parseSafetensors } from '../safetensors/safetensors.ts'
import type { SafetensorsDtype, SafetensorsFile } from '../safetensors/safetensors.ts'
import { AccumulatorRangeError, ImageSizeError, QuantizedParameterError } from './errors.ts'
import { argmax } from './f32Kernels.ts'
import { fillModelRegion } from './fillModelRegion.ts'
import { denseI8, reluI8, requantizeI16, requantizeI8, softmaxI16 } from './fixedKernels.ts'
import type { DenseI8 } from './fixedKernels.ts'
import type { MnistAnswer } from './mnistF32.ts'
import { encodeModelRegion, MNIST_SHAPE, MODEL_FORMAT } from './modelRegion.ts'

const { inputs, hidden, outputs } = MNIST_SHAPE

/** The 784-20-10 network in 8-bit fixed point; models/README.md tells the meaning of each part. */
export interface MnistInt8 {
  readonly fc1: DenseI8
  /** Of the hidden layer: the i8 that stands for 0. */
  readonly zeroPoint: number
  readonly fc2: DenseI8
}

/**
 * The network of a quantised state dict: `fc1.weight` I8 [20, 784], `fc1.bias`, `fc1.multiplier`, `fc1.shift` I32 [20], `fc1.zero_point` I32 [1],
 * and the like for `fc2` (without a zero point). No sum can leave 32 bits.
 *
 * @throws {MissingTensorError | TensorDtypeError | TensorShapeError | QuantizedParameterError | AccumulatorRangeError}
 */
export function readMnistInt8(file: SafetensorsFile): MnistInt8 {
  const zeroPoints = readI32(file, { name: 'fc1.zero_point', shape: [1] })
  checkRange('fc1.zero_point', zeroPoints, { low: -128, high: 127 })
  return {
    fc1: readLayer(file, 'fc1', { n: hidden, k: inputs }),
    zeroPoint: zeroPoints[0] as number,
    fc2: readLayer(file, 'fc2', { n: outputs, k: hidden }),
  }
}

function readLayer(file: SafetensorsFile, name: string, { n, k }: { n: number; k: number }): DenseI8 {
  const layer = {
    weight: readI8(file, { name: `${name}.weight`, shape: [n, k] }),
    bias: readI32(file, { name: `${name}.bias`, shape: [n] }),
    multiplier: readI32(file, { name: `${name}.multiplier`, shape: [n] }),
    shift: readI32(file, { name: `${name}.shift`, shape: [n] }),
  }
  checkRange(`${name}.multiplier`, layer.multiplier, { low: 0, high: 0x7fffffff })
  checkRange(`${name}.shift`, layer.shift, { low: 0, high: 62 })
  checkAccumulators(name, layer)
  return layer
}

function checkRange(tensor: string, values: Int32Array, { low, high }: { low: number; high: number }): void {
  values.forEach((value, index) => {
    if (value < low || value > high) throw new QuantizedParameterError({ tensor, index, value, low, high })
  })
}

/** |bias| + 128 · Σ|weight| of every row must stay below 2^31, so that every order of summation is exact. */
function checkAccumulators(name: string, { weight, bias }: DenseI8): void {
  const k = weight.length / bias.length
  bias.forEach((b, row) => {
    let bound = Math.abs(b)
    for (let i = 0; i < k; i++) bound += 128 * Math.abs(weight[row * k + i] as number)
    if (bound > 0x7fffffff) throw new AccumulatorRangeError({ tensor: `${name}.bias`, row, bound })
  })
}

/**
 * The answer of the 8-bit network, bit for bit that of guest/mnistInt8.c.
 *
 * `probabilities` are in units of 1/65535. `output`, 24 bytes: the digit, 3 zero bytes, 10 probabilities as little-endian u16.
 *
 * @throws {ImageSizeError} `pixels` is not 784 bytes long.
 */
export function runMnistInt8(network: MnistInt8, pixels: Uint8Array): MnistAnswer<Uint16Array> {
  if (pixels.length !== inputs) throw new ImageSizeError({ actual: pixels.length })
  const { fc1, zeroPoint, fc2 } = network
  const input = Int8Array.from(pixels, (pixel) => pixel - 128)
  const activations = reluI8(requantizeI8(denseI8(fc1, input), fc1, zeroPoint), zeroPoint)
  const logits = requantizeI16(denseI8(fc2, activations), fc2)
  const probabilities = softmaxI16(logits)
  const digit = argmax(logits)
  const output = new Uint8Array(4 + 2 * outputs)
  output[0] = digit
  const view = new DataView(output.buffer)
  probabilities.forEach((probability, j) => view.setUint16(4 + 2 * j, probability, true))
  return { digit, probabilities, output }
}

/** The quantised state dict of a network as a safetensors file; {@link readMnistInt8} reads it. */
export function encodeMnistInt8StateDict({ fc1, zeroPoint, fc2 }: MnistInt8): Uint8Array {
  const tensor = (name: string, dtype: SafetensorsDtype, shape: readonly number[], bytes: Uint8Array) => ({
    name,
    dtype,
    shape,
    bytes,
  })
  const layer = (name: string, { weight, bias, multiplier, shift }: DenseI8) => {
    const n = bias.length
    return [
      tensor(
        `${name}.weight`,
        'I8',
        [n, weight.length / n],
        new Uint8Array(weight.buffer, weight.byteOffset, weight.length),
      ),
      tensor(`${name}.bias`, 'I32', [n], bytesOf32(bias)),
      tensor(`${name}.multiplier`, 'I32', [n], bytesOf32(multiplier)),
      tensor(`${name}.shift`, 'I32', [n], bytesOf32(shift)),
    ]
  }
  const zero = tensor('fc1.zero_point', 'I32', [1], bytesOf32(Int32Array.of(zeroPoint)))
  // Four-byte elements first keeps every tensor aligned.
  const tensors = [...layer('fc1', fc1), zero, ...layer('fc2', fc2)]
  const byWidth = tensors.sort((a, b) => Number(a.dtype === 'I8') - Number(b.dtype === 'I8'))
  return encodeSafetensors(byWidth, { format: 'opml mnist int8 1' })
}

/** The model region of guest/mnistInt8.c: header, both weights, then bias, multiplier, shift of each layer. */
export function encodeMnistInt8({ fc1, zeroPoint, fc2 }: MnistInt8): Uint8Array {
  const arrays = [fc1.weight, fc2.weight, fc1.bias, fc1.multiplier, fc1.shift, fc2.bias, fc2.multiplier, fc2.shift]
  return encodeModelRegion({ format: MODEL_FORMAT.mlpI8, zeroPoint, arrays })
}

/**
 * The program image of an 8-bit network: the compiled template with a quantised state dict in its model region.
 *
 * @param template - bytes of guest/images/mnistInt8.elf.
 * @param stateDict - bytes of a safetensors file with the tensors of {@link readMnistInt8}.
 * @throws the errors of {@link parseSafetensors}, {@link readMnistInt8} and {@link fillModelRegion}.
 */
export function convertMnistInt8(p: { template: Uint8Array; stateDict: Uint8Array }): Uint8Array {
  return fillModelRegion(p.template, encodeMnistInt8(readMnistInt8(parseSafetensors(p.stateDict))))
}
