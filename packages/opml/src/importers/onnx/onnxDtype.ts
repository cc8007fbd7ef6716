import type { Dtype } from '../../graph/dtype.ts'
import { OnnxDataType } from './onnxModel.ts'

/** Dtypes of a program by ONNX element type; f64 is computed in f32, documented in docs/onnx-operators.md. */
const DTYPES: ReadonlyMap<number, Dtype> = new Map([
  [OnnxDataType.float, 'f32'],
  [OnnxDataType.double, 'f32'],
  [OnnxDataType.float16, 'f16'],
  [OnnxDataType.bfloat16, 'bf16'],
  [OnnxDataType.int8, 'i8'],
  [OnnxDataType.uint8, 'u8'],
  [OnnxDataType.int16, 'i16'],
  [OnnxDataType.uint16, 'u16'],
  [OnnxDataType.int32, 'i32'],
  [OnnxDataType.uint32, 'u32'],
  [OnnxDataType.int64, 'i64'],
  [OnnxDataType.uint64, 'u64'],
  [OnnxDataType.bool, 'bool'],
])

/** The dtype that an ONNX element type becomes; undefined for strings, complex numbers and what is newer than opset 21. */
export function dtypeOfOnnx(dataType: number): Dtype | undefined {
  return DTYPES.get(dataType)
}

/** The elements of an ONNX tensor in its program dtype: f64 is rounded to f32, everything else is as it is. */
export function convertOnnxBytes(dataType: number, bytes: Uint8Array): Uint8Array {
  if (dataType !== OnnxDataType.double) return bytes
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  const doubles = new Float64Array(aligned.buffer, aligned.byteOffset, bytes.length / 8)
  return new Uint8Array(Float32Array.from(doubles).buffer)
}
