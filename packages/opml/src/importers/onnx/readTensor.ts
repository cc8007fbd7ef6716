import { OnnxFormatError } from './errors.ts'
import { OnnxDataType, type OnnxTensor } from './onnxModel.ts'
import type { ProtoField } from './protoMessage.ts'

/** Values of a TensorProto that are not raw; which list is filled depends on the data type. */
interface TypedData {
  readonly floats: number[]
  readonly doubles: number[]
  readonly integers: bigint[]
  readonly words: bigint[]
}

const EXTERNAL = 1

/** Bytes of an element by data type; strings and unknown types have none. */
export const ONNX_ELEMENT_BYTES: ReadonlyMap<number, number> = new Map([
  [OnnxDataType.float, 4],
  [OnnxDataType.uint8, 1],
  [OnnxDataType.int8, 1],
  [OnnxDataType.uint16, 2],
  [OnnxDataType.int16, 2],
  [OnnxDataType.int32, 4],
  [OnnxDataType.int64, 8],
  [OnnxDataType.bool, 1],
  [OnnxDataType.float16, 2],
  [OnnxDataType.double, 8],
  [OnnxDataType.uint32, 4],
  [OnnxDataType.uint64, 8],
  [OnnxDataType.bfloat16, 2],
])

/** Reads a TensorProto. @throws {OnnxFormatError} when its data does not have as many elements as its dims say. */
export function readTensor(field: Pick<ProtoField, 'message'>): OnnxTensor {
  const typed: TypedData = { floats: [], doubles: [], integers: [], words: [] }
  const dims: number[] = []
  const entries = new Map<string, string>()
  let [name, dataType, isExternal] = ['', 0, false]
  let raw: Uint8Array | undefined
  field.message((inner) => {
    if (inner.number === 1) for (const dim of inner.int64s()) dims.push(Number(dim))
    else if (inner.number === 2) dataType = inner.int()
    else if (inner.number === 4) append(typed.floats, inner.floats())
    else if (inner.number === 5 || inner.number === 7) append(typed.integers, inner.int64s())
    else if (inner.number === 8) name = inner.string()
    else if (inner.number === 9) raw = inner.bytes()
    else if (inner.number === 10) append(typed.doubles, inner.doubles())
    else if (inner.number === 11) append(typed.words, inner.int64s())
    else if (inner.number === 13) readEntry(inner, entries)
    else if (inner.number === 14) isExternal = inner.int() === EXTERNAL
  })
  const place = `tensor "${name}"`
  checkDims(dims, place)
  const head = { name, dims, dataType }
  if (isExternal) return { ...head, external: externalOf(entries, place) }
  const elementBytes = ONNX_ELEMENT_BYTES.get(dataType)
  if (elementBytes === undefined) return head
  const bytes = raw ?? packTyped(dataType, typed)
  const expected = dims.reduce((product, dim) => product * dim, elementBytes)
  if (bytes.length !== expected)
    throw new OnnxFormatError({
      place,
      reason: `${bytes.length} bytes of data for dims [${dims.join(', ')}] of ${elementBytes}-byte elements`,
    })
  return { ...head, bytes }
}

/** Appends without spreading: a list may be longer than a call may have arguments. */
export function append<T>(list: T[], values: readonly T[]): void {
  for (const value of values) list.push(value)
}

function checkDims(dims: readonly number[], place: string): void {
  const count = dims.reduce((product, dim) => product * dim, 1)
  if (dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0) || !Number.isSafeInteger(count))
    throw new OnnxFormatError({ place, reason: `impossible dims [${dims.join(', ')}]` })
}

function readEntry(field: ProtoField, entries: Map<string, string>): void {
  let [key, value] = ['', '']
  field.message((inner) => {
    if (inner.number === 1) key = inner.string()
    else if (inner.number === 2) value = inner.string()
  })
  entries.set(key, value)
}

function externalOf(entries: ReadonlyMap<string, string>, place: string): NonNullable<OnnxTensor['external']> {
  const location = entries.get('location')
  const [offset, length] = ['offset', 'length'].map((key) =>
    Number(entries.get(key) ?? (key === 'offset' ? '0' : 'NaN')),
  )
  if (location === undefined || location === '')
    throw new OnnxFormatError({ place, reason: 'external data without a location' })
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new OnnxFormatError({ place, reason: `external data at offset ${entries.get('offset')}` })
  if (!entries.has('length')) return { location, offset }
  if (!Number.isSafeInteger(length) || length < 0)
    throw new OnnxFormatError({ place, reason: `external data of length ${entries.get('length')}` })
  return { location, offset, length }
}

/** The typed lists as little-endian elements. f16 and bf16 come as their bits in the integers. */
function packTyped(dataType: number, typed: TypedData): Uint8Array {
  const view = (list: { readonly buffer: ArrayBufferLike }) => new Uint8Array(list.buffer)
  switch (dataType) {
    case OnnxDataType.float:
      return view(Float32Array.from(typed.floats))
    case OnnxDataType.double:
      return view(Float64Array.from(typed.doubles))
    case OnnxDataType.int64:
      return view(BigInt64Array.from(typed.integers))
    case OnnxDataType.uint64:
      return view(BigUint64Array.from(typed.words))
    case OnnxDataType.uint32:
      return view(Uint32Array.from(typed.words, Number))
    case OnnxDataType.int32:
      return view(Int32Array.from(typed.integers, Number))
    case OnnxDataType.int16:
    case OnnxDataType.uint16:
    case OnnxDataType.float16:
    case OnnxDataType.bfloat16:
      return view(Uint16Array.from(typed.integers, Number))
    default:
      return Uint8Array.from(typed.integers, Number)
  }
}
