import { bf16ToF32, f32ToBf16 } from '../../core/math/bf16.ts'
import type { Dtype } from '../../graph/dtype.ts'
import { elements, type TensorData, tensorOf } from '../../graph/tensor.ts'
import { tensorBytes } from '../../graph/shape.ts'
import { NpyError } from './errors.ts'
import { type NpyArray, readNpy } from './readNpy.ts'

/** How NumPy names the elements of a dtype; NumPy has no bf16, which is written as f32. */
const NPY_TYPES: { readonly [D in Dtype]: string } = {
  f32: 'f4',
  f16: 'f2',
  bf16: 'f4',
  i8: 'i1',
  u8: 'u1',
  i16: 'i2',
  u16: 'u2',
  i32: 'i4',
  u32: 'u4',
  i64: 'i8',
  u64: 'u8',
  bool: 'b1',
}

const HEADER_ALIGNMENT = 64

/**
 * The tensor of a dtype that a `.npy` file holds. Elements must be of that dtype; but an f64 array, NumPy's default, is rounded to f32, and a
 * bf16 tensor comes as an f32 array, rounded, or as the two raw bytes (`V2`) of the package ml_dtypes.
 *
 * @throws {NpyError} for no such file, another element type, or a boolean that is neither 0 nor 1.
 * @throws {TensorTooLargeError} above 1 GiB.
 */
export function readNpyTensor(file: Uint8Array, dtype: Dtype): TensorData {
  const array = readNpy(file)
  tensorBytes(array.shape, dtype)
  return { dtype, shape: array.shape, bytes: convert(array, dtype) }
}

function convert({ type, bytes }: NpyArray, dtype: Dtype): Uint8Array {
  if (dtype === 'bf16') {
    if (type === 'V2') return bytes
    if (type === 'f4') return bytesOf(Uint16Array.from(new Float32Array(aligned(bytes)), f32ToBf16))
  } else if (type === NPY_TYPES[dtype]) {
    if (dtype === 'bool' && bytes.some((byte) => byte > 1))
      throw new NpyError({ reason: 'a boolean is neither 0 nor 1' })
    return bytes
  } else if (dtype === 'f32' && type === 'f8') return bytesOf(Float32Array.from(new Float64Array(aligned(bytes))))
  throw new NpyError({
    reason: `its elements are ${type}, ${NPY_TYPES[dtype]} (${dtype}) is asked for`,
    suggestion: `Convert the array first: array.astype('${NPY_TYPES[dtype]}').`,
  })
}

const aligned = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer

const bytesOf = (array: { readonly buffer: ArrayBuffer }): Uint8Array => new Uint8Array(array.buffer)

/** The `.npy` file (version 1.0) of a tensor; bf16 becomes f32, exactly. */
export function writeNpy(tensor: TensorData): Uint8Array {
  const { dtype, shape, bytes } = dtypeForNpy(tensor)
  const type = NPY_TYPES[dtype]
  const order = type.endsWith('1') ? '|' : '<'
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dictionary = `{'descr': '${order}${type}', 'fortran_order': False, 'shape': (${tuple}), }`
  const headerBytes = Math.ceil((10 + dictionary.length + 1) / HEADER_ALIGNMENT) * HEADER_ALIGNMENT
  const file = new Uint8Array(headerBytes + bytes.length)
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
  new DataView(file.buffer).setUint16(8, headerBytes - 10, true)
  file.set(new TextEncoder().encode(`${dictionary.padEnd(headerBytes - 11)}\n`), 10)
  file.set(bytes, headerBytes)
  return file
}

function dtypeForNpy(tensor: TensorData): TensorData {
  if (tensor.dtype !== 'bf16') return tensor
  const bits = elements({ ...tensor, dtype: 'bf16' })
  return tensorOf('f32', tensor.shape, Float32Array.from(bits, bf16ToF32))
}
