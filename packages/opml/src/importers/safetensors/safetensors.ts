import {
  SafetensorsHeaderError,
  SafetensorsLayoutError,
  SafetensorsTensorError,
  SafetensorsTruncatedError,
} from './errors.ts'

/** Bytes of one element, by dtype name as safetensors writes it. */
export const SAFETENSORS_DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const

/** A dtype name of the safetensors format. */
export type SafetensorsDtype = keyof typeof SAFETENSORS_DTYPE_BYTES

/** One tensor: elements in row-major order, little-endian, unaligned. */
export interface SafetensorsTensor {
  readonly name: string
  readonly dtype: SafetensorsDtype
  readonly shape: readonly number[]
  /** A view into the file's bytes when read. */
  readonly bytes: Uint8Array
}

/** A parsed file: tensors by name in the header's order, and the free-form metadata. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>
  readonly metadata: ReadonlyMap<string, string>
}

/** Longest header that is read; the format's own limit. */
export const MAX_HEADER_BYTES = 100_000_000

const LENGTH_BYTES = 8

interface Entry {
  readonly name: string
  readonly dtype: SafetensorsDtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/**
 * Reads a safetensors file: 8-byte little-endian header length, JSON header, data section.
 *
 * The tensors must tile the data section exactly, without overlap and without a gap. Nothing is copied.
 *
 * @throws {SafetensorsTruncatedError} the file ends before its header or data section does.
 * @throws {SafetensorsHeaderError} the header is too long, not UTF-8, not JSON, or not an object of entries.
 * @throws {SafetensorsTensorError} an entry has an unknown dtype, a bad shape, or offsets that contradict its size.
 * @throws {SafetensorsLayoutError} tensors overlap or leave bytes unused.
 * @see https://github.com/huggingface/safetensors (section "Format")
 */
export function parseSafetensors(file: Uint8Array): SafetensorsFile {
  const headerBytes = readHeaderLength(file)
  const header = parseHeader(file.subarray(LENGTH_BYTES, LENGTH_BYTES + headerBytes))
  const data = file.subarray(LENGTH_BYTES + headerBytes)
  const metadata = new Map<string, string>()
  const entries: Entry[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') readMetadata(value, metadata)
    else entries.push(readEntry(name, value))
  }
  checkLayout(entries, data.length)
  const tensors = new Map<string, SafetensorsTensor>()
  for (const { name, dtype, shape, begin, end } of entries)
    tensors.set(name, { name, dtype, shape, bytes: data.subarray(begin, end) })
  return { tensors, metadata }
}

function readHeaderLength(file: Uint8Array): number {
  if (file.length < LENGTH_BYTES)
    throw new SafetensorsTruncatedError({
      part: 'the header length',
      neededBytes: LENGTH_BYTES,
      actualBytes: file.length,
    })
  const length = new DataView(file.buffer, file.byteOffset, LENGTH_BYTES).getBigUint64(0, true)
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new SafetensorsHeaderError({ reason: `its length ${length} is above the limit of ${MAX_HEADER_BYTES} bytes` })
  const neededBytes = LENGTH_BYTES + Number(length)
  if (file.length < neededBytes)
    throw new SafetensorsTruncatedError({ part: 'the header', neededBytes, actualBytes: file.length })
  return Number(length)
}

function parseHeader(bytes: Uint8Array): object {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new SafetensorsHeaderError({ reason: 'it is not JSON in UTF-8', cause })
  }
  if (!isRecord(header)) throw new SafetensorsHeaderError({ reason: 'it is not a JSON object' })
  return header
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readMetadata(value: unknown, metadata: Map<string, string>): void {
  if (!isRecord(value)) throw new SafetensorsHeaderError({ reason: '"__metadata__" is not a JSON object' })
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new SafetensorsHeaderError({ reason: '"__metadata__" holds more than strings' })
    metadata.set(key, text)
  }
}

function readEntry(name: string, value: unknown): Entry {
  const fail = (reason: string): never => {
    throw new SafetensorsTensorError({ tensor: name, reason })
  }
  if (!isRecord(value)) return fail('its entry is not a JSON object')
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !isDtype(dtype)) return fail(`unknown dtype ${shorten(dtype)}`)
  if (!isSizeList(shape)) return fail('its shape is not a list of sizes')
  if (!isSizeList(offsets) || offsets.length !== 2) return fail('its data_offsets are not two offsets')
  const begin = offsets[0] as number
  const end = offsets[1] as number
  if (end < begin) return fail(`its data ends at ${end}, before it begins at ${begin}`)
  let numBytes = SAFETENSORS_DTYPE_BYTES[dtype] as number
  for (const size of shape) numBytes *= size
  if (!Number.isSafeInteger(numBytes)) return fail('its shape overflows')
  if (numBytes !== end - begin)
    return fail(`${dtype} [${shape.slice(0, 8)}] needs ${numBytes} bytes, it has ${end - begin}`)
  return { name, dtype, shape, begin, end }
}

function isDtype(text: string): text is SafetensorsDtype {
  return Object.hasOwn(SAFETENSORS_DTYPE_BYTES, text)
}

function isSizeList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0))
}

function shorten(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 40)
}

/** Tensors without elements may stand anywhere between two others. */
function checkLayout(entries: readonly Entry[], dataBytes: number): void {
  const byOffset = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)
  let next = 0
  for (const { begin, end } of byOffset) {
    if (begin < next) throw new SafetensorsLayoutError({ reason: 'two tensors overlap', offsetBytes: begin })
    if (begin > next) throw new SafetensorsLayoutError({ reason: 'bytes belong to no tensor', offsetBytes: next })
    next = end
  }
  if (next > dataBytes)
    throw new SafetensorsTruncatedError({ part: 'the data section', neededBytes: next, actualBytes: dataBytes })
  if (next < dataBytes) throw new SafetensorsLayoutError({ reason: 'bytes belong to no tensor', offsetBytes: next })
}

/**
 * The bytes of a safetensors file with `tensors` in the given order. The header is padded with spaces to a multiple of 8.
 *
 * @throws {SafetensorsTensorError} bytes that contradict dtype and shape, or a name given twice.
 */
export function encodeSafetensors(
  tensors: readonly SafetensorsTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header = new Map<string, unknown>()
  if (Object.keys(metadata).length > 0) header.set('__metadata__', metadata)
  let offset = 0
  for (const { name, dtype, shape, bytes } of tensors) {
    if (header.has(name)) throw new SafetensorsTensorError({ tensor: name, reason: 'its name is given twice' })
    const entry = { dtype, shape, data_offsets: [offset, offset + bytes.length] }
    readEntry(name, entry)
    header.set(name, entry)
    offset += bytes.length
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const headerBytes = Math.ceil(json.length / 8) * 8
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + offset)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true)
  file.fill(0x20, LENGTH_BYTES + json.length, LENGTH_BYTES + headerBytes)
  file.set(json, LENGTH_BYTES)
  let at = LENGTH_BYTES + headerBytes
  for (const { bytes } of tensors) {
    file.set(bytes, at)
    at += bytes.length
  }
  return file
}
