import { type Dtype, dtypeInfo } from './dtype.ts'
import { TensorBytesError } from './errors.ts'
import { type Shape, tensorBytes } from './shape.ts'

/** A tensor: row-major, little-endian, no gaps. */
export interface TensorData {
  readonly dtype: Dtype
  readonly shape: Shape
  /** Exactly those of the shape. */
  readonly bytes: Uint8Array
}

/** Typed array of the elements of each dtype; f16 and bf16 as their 16 bits, bool as bytes of 0 or 1. */
export interface ElementArrays {
  readonly f32: Float32Array
  readonly f16: Uint16Array
  readonly bf16: Uint16Array
  readonly i8: Int8Array
  readonly u8: Uint8Array
  readonly i16: Int16Array
  readonly u16: Uint16Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly i64: BigInt64Array
  readonly u64: BigUint64Array
  readonly bool: Uint8Array
}

interface ElementArrayConstructor<T> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T
}

const CONSTRUCTORS: { readonly [D in Dtype]: ElementArrayConstructor<ElementArrays[D]> } = {
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  bool: Uint8Array,
}

/** Typed arrays have the byte order of the machine; the library runs on little-endian ones alone. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** A tensor of zeros. @throws {TensorTooLargeError | UnknownDtypeError} */
export function zeroTensor(dtype: Dtype, shape: Shape): TensorData {
  return { dtype, shape, bytes: new Uint8Array(tensorBytes(shape, dtype)) }
}

/**
 * A tensor over these bytes, which are not copied.
 *
 * @throws {TensorBytesError} when their number is not that of the shape.
 * @throws {TensorTooLargeError | UnknownDtypeError}
 */
export function tensorOver(bytes: Uint8Array, type: { readonly dtype: Dtype; readonly shape: Shape }): TensorData {
  const expected = tensorBytes(type.shape, type.dtype)
  if (bytes.length !== expected) throw new TensorBytesError({ ...type, expected, actual: bytes.length })
  return { dtype: type.dtype, shape: type.shape, bytes }
}

/**
 * The elements of a tensor as a typed array over its own bytes; a copy where these do not lie at a multiple of the element's size.
 *
 * Write through it only into a tensor of {@link zeroTensor}.
 * @throws {RangeError} on a big-endian machine.
 */
export function elements<D extends Dtype>(tensor: TensorData & { readonly dtype: D }): ElementArrays[D] {
  if (!IS_LITTLE_ENDIAN) throw new RangeError('Tensors are little-endian, this machine is not.')
  const { bytes: size } = dtypeInfo(tensor.dtype)
  const bytes = tensor.bytes.byteOffset % size === 0 ? tensor.bytes : new Uint8Array(tensor.bytes)
  return new CONSTRUCTORS[tensor.dtype](bytes.buffer, bytes.byteOffset, bytes.length / size)
}

/** The tensor of these elements, copied. @throws {TensorBytesError | TensorTooLargeError} */
export function tensorOf<D extends Dtype>(
  dtype: D,
  shape: Shape,
  values: ElementArrays[D],
): TensorData & { readonly dtype: D } {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice()
  return { ...tensorOver(bytes, { dtype, shape }), dtype }
}
