import type { Dtype } from '../graph/dtype.ts'
import { bf16ToF32, f32ToBf16 } from '../core/math/bf16.ts'
import { f16ToF32, f32ToF16 } from '../core/math/f16.ts'

/** Elements of a tensor as they are stored; f16 and bf16 as their bits, bool as bytes. */
export type Elements =
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/** A value of class f32 or i32 (signed) as a number, of class i64 (signed) as a bigint. */
export type Value = number | bigint

const CANONICAL_NAN_BITS = 0x7fc00000

/** An array of zeros. */
export function newElements(dtype: Dtype, count: number): Elements {
  switch (dtype) {
    case 'f32':
      return new Float32Array(count)
    case 'f16':
    case 'bf16':
    case 'u16':
      return new Uint16Array(count)
    case 'i8':
      return new Int8Array(count)
    case 'u8':
    case 'bool':
      return new Uint8Array(count)
    case 'i16':
      return new Int16Array(count)
    case 'i32':
      return new Int32Array(count)
    case 'u32':
      return new Uint32Array(count)
    case 'i64':
      return new BigInt64Array(count)
    case 'u64':
      return new BigUint64Array(count)
  }
}

/** Element `index` widened to its class (spec/02 §2). */
export function loadValue(dtype: Dtype, elements: Elements, index: number): Value {
  const raw = elements[index] as Value
  if (typeof raw === 'bigint') return BigInt.asIntN(64, raw)
  if (dtype === 'f32') return raw
  if (dtype === 'f16') return f16ToF32(raw)
  if (dtype === 'bf16') return bf16ToF32(raw)
  return raw | 0
}

/** Stores a value of the dtype's class, narrowed (spec/02 §2). */
export function storeValue(dtype: Dtype, elements: Elements, index: number, value: Value): void {
  if (typeof value === 'bigint') (elements as BigInt64Array | BigUint64Array)[index] = value
  else if (dtype === 'f32') storeF32(elements as Float32Array, index, value)
  else if (dtype === 'f16') elements[index] = f32ToF16(value)
  else if (dtype === 'bf16') elements[index] = f32ToBf16(value)
  else elements[index] = dtype === 'bool' ? Number(value !== 0) : value
}

/** The host may give a NaN any bits; the one that is stored is the canonical one. */
function storeF32(elements: Float32Array, index: number, value: number): void {
  if (Number.isNaN(value))
    new Uint32Array(elements.buffer, elements.byteOffset, elements.length)[index] = CANONICAL_NAN_BITS
  else elements[index] = value
}
