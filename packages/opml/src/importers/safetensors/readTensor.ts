import { MissingTensorError, NonFiniteWeightError, TensorDtypeError, TensorShapeError } from './errors.ts'
import type { SafetensorsDtype, SafetensorsFile, SafetensorsTensor } from './safetensors.ts'

/** What a model expects of one tensor. */
export interface TensorExpectation {
  readonly name: string
  readonly shape: readonly number[]
}

/**
 * A tensor of dtype F32 as numbers, each of them finite.
 *
 * @throws {MissingTensorError} no such name.
 * @throws {TensorDtypeError} dtype other than F32.
 * @throws {TensorShapeError} another shape.
 * @throws {NonFiniteWeightError} an infinity or NaN.
 */
export function readF32(file: SafetensorsFile, expected: TensorExpectation): Float32Array {
  const view = viewOf(findTensor(file, 'F32', expected))
  const values = new Float32Array(view.byteLength / 4)
  for (let i = 0; i < values.length; i++) {
    const value = view.getFloat32(4 * i, true)
    if (!Number.isFinite(value)) throw new NonFiniteWeightError({ tensor: expected.name, index: i, value })
    values[i] = value
  }
  return values
}

/**
 * A tensor of dtype I8.
 *
 * @throws {MissingTensorError | TensorDtypeError | TensorShapeError} as {@link readF32}.
 */
export function readI8(file: SafetensorsFile, expected: TensorExpectation): Int8Array {
  return Int8Array.from(findTensor(file, 'I8', expected).bytes, (byte) => (byte << 24) >> 24)
}

/**
 * A tensor of dtype I32.
 *
 * @throws {MissingTensorError | TensorDtypeError | TensorShapeError} as {@link readF32}.
 */
export function readI32(file: SafetensorsFile, expected: TensorExpectation): Int32Array {
  const view = viewOf(findTensor(file, 'I32', expected))
  return Int32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getInt32(4 * i, true))
}

function findTensor(
  file: SafetensorsFile,
  dtype: SafetensorsDtype,
  { name, shape }: TensorExpectation,
): SafetensorsTensor {
  const tensor = file.tensors.get(name)
  if (tensor === undefined) throw new MissingTensorError({ tensor: name, present: [...file.tensors.keys()] })
  if (tensor.dtype !== dtype) throw new TensorDtypeError({ tensor: name, expected: dtype, actual: tensor.dtype })
  const isSameShape = tensor.shape.length === shape.length && shape.every((size, axis) => size === tensor.shape[axis])
  if (!isSameShape) throw new TensorShapeError({ tensor: name, expected: shape, actual: tensor.shape })
  return tensor
}

function viewOf({ bytes }: SafetensorsTensor): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Little-endian bytes of 32-bit elements, for {@link encodeSafetensors}. */
export function bytesOf32(values: Float32Array | Int32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length))
  const isFloat = values instanceof Float32Array
  values.forEach((value, i) => {
    if (isFloat) view.setFloat32(4 * i, value, true)
    else view.setInt32(4 * i, value, true)
  })
  return new Uint8Array(view.buffer)
}
