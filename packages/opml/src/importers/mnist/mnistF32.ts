import type { SafetensorsFile } from '../safetensors/safetensors.ts'
import { parseSafetensors } from '../safetensors/safetensors.ts'
import { readF32 } from '../safetensors/readTensor.ts'
import { ImageSizeError } from './errors.ts'
import { f32Bits } from '../../core/math/f32Bits.ts'
import { argmax, denseF32, reluF32, softmaxF32 } from './f32Kernels.ts'
import type { DenseF32 } from './f32Kernels.ts'
import { fillModelRegion } from './fillModelRegion.ts'
import { encodeModelRegion, MNIST_SHAPE, MODEL_FORMAT } from './modelRegion.ts'

const { inputs, hidden, outputs } = MNIST_SHAPE

/** The 784-20-10 network in f32: fc1 [20, 784], ReLU, fc2 [10, 20], softmax. */
export interface MnistF32 {
  readonly fc1: DenseF32
  readonly fc2: DenseF32
}

/** What a network says about one image. */
export interface MnistAnswer<Probabilities> {
  /** 0 to 9: the first greatest logit. */
  readonly digit: number
  /** [10], of the digits. */
  readonly probabilities: Probabilities
  /** The bytes that the guest program leaves in its output slot. */
  readonly output: Uint8Array
}

/**
 * The network of a PyTorch-style state dict: `fc1.weight` [20, 784], `fc1.bias` [20], `fc2.weight` [10, 20], `fc2.bias` [10], all F32
 * and finite. Other tensors are ignored.
 *
 * @throws {MissingTensorError | TensorDtypeError | TensorShapeError | NonFiniteWeightError}
 */
export function readMnistF32(file: SafetensorsFile): MnistF32 {
  const read = (name: string, shape: readonly number[]) => readF32(file, { name, shape })
  return {
    fc1: { weight: read('fc1.weight', [hidden, inputs]), bias: read('fc1.bias', [hidden]) },
    fc2: { weight: read('fc2.weight', [outputs, hidden]), bias: read('fc2.bias', [outputs]) },
  }
}

/** The hidden layer after ReLU, [20], of an image of 784 pixels (scaled to pixel / 255). */
export function hiddenOfMnistF32(network: MnistF32, pixels: Uint8Array): Float32Array {
  return reluF32(
    denseF32(
      network.fc1,
      Float32Array.from(pixels, (pixel) => pixel / 255),
    ),
  )
}

/**
 * The answer of the f32 network, bit for bit that of guest/mnistF32.c.
 *
 * `output`, 44 bytes: the digit, 3 zero bytes, 10 probabilities as little-endian f32.
 *
 * @throws {ImageSizeError} `pixels` is not 784 bytes long.
 */
export function runMnistF32(network: MnistF32, pixels: Uint8Array): MnistAnswer<Float32Array> {
  if (pixels.length !== inputs) throw new ImageSizeError({ actual: pixels.length })
  const logits = denseF32(network.fc2, hiddenOfMnistF32(network, pixels))
  const probabilities = softmaxF32(logits)
  const digit = argmax(logits)
  const output = new Uint8Array(4 + 4 * outputs)
  output[0] = digit
  const view = new DataView(output.buffer)
  probabilities.forEach((probability, j) => view.setUint32(4 + 4 * j, f32Bits(probability), true))
  return { digit, probabilities, output }
}

/** The model region of guest/mnistF32.c: header, fc1.weight, fc1.bias, fc2.weight, fc2.bias. */
export function encodeMnistF32({ fc1, fc2 }: MnistF32): Uint8Array {
  return encodeModelRegion({
    format: MODEL_FORMAT.mlpF32,
    zeroPoint: 0,
    arrays: [fc1.weight, fc1.bias, fc2.weight, fc2.bias],
  })
}

/**
 * The program image of an f32 network: the compiled template with the weights of a safetensors state dict in its model region.
 *
 * @param template - bytes of guest/images/mnistF32.elf.
 * @param stateDict - bytes of a safetensors file with the tensors of {@link readMnistF32}.
 * @throws the errors of {@link parseSafetensors}, {@link readMnistF32} and {@link fillModelRegion}.
 */
export function convertMnistF32(p: { template: Uint8Array; stateDict: Uint8Array }): Uint8Array {
  return fillModelRegion(p.template, encodeMnistF32(readMnistF32(parseSafetensors(p.stateDict))))
}
