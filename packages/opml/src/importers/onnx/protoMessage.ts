import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { OnnxFormatError } from './errors.ts'

/** Graphs inside graphs are at most so deep; a file may claim any depth. */
const MAX_DEPTH = 32

/** One field of a protobuf message: its number and a reader that stands at its value. */
export interface ProtoField {
  readonly number: number
  readonly place: string
  /** A signed 64-bit varint. */
  int64(): bigint
  /** A varint that must be a safe integer. */
  int(): number
  float(): number
  string(): string
  /** A view into the file. */
  bytes(): Uint8Array
  /** One value, or all of a packed list. */
  int64s(): bigint[]
  floats(): number[]
  doubles(): number[]
  /** Reads the embedded message field by field. */
  message(read: (field: ProtoField) => void): void
}

class FieldReader implements ProtoField {
  readonly number: number
  readonly place: string
  readonly #reader: BinaryReader
  readonly #wireType: WireType
  readonly #depth: number

  constructor(p: { number: number; wireType: WireType; reader: BinaryReader; place: string; depth: number }) {
    this.number = p.number
    this.place = p.place
    this.#reader = p.reader
    this.#wireType = p.wireType
    this.#depth = p.depth
  }

  int64(): bigint {
    this.#expect(WireType.Varint)
    return BigInt(this.#reader.int64())
  }

  int(): number {
    const value = Number(this.int64())
    if (!Number.isSafeInteger(value))
      throw new OnnxFormatError({ place: this.place, reason: `${value} is too large a number` })
    return value
  }

  float(): number {
    this.#expect(WireType.Bit32)
    return this.#reader.float()
  }

  string(): string {
    this.#expect(WireType.LengthDelimited)
    return this.#reader.string()
  }

  bytes(): Uint8Array {
    this.#expect(WireType.LengthDelimited)
    return this.#reader.bytes()
  }

  int64s(): bigint[] {
    return this.#list((reader) => BigInt(reader.int64()))
  }

  floats(): number[] {
    return this.#list((reader) => reader.float())
  }

  doubles(): number[] {
    return this.#list((reader) => reader.double())
  }

  message(read: (field: ProtoField) => void): void {
    if (this.#depth >= MAX_DEPTH)
      throw new OnnxFormatError({ place: this.place, reason: `messages are nested more than ${MAX_DEPTH} deep` })
    readFields(this.bytes(), { place: this.place, depth: this.#depth + 1 }, read)
  }

  #list<T>(readOne: (reader: BinaryReader) => T): T[] {
    if (this.#wireType !== WireType.LengthDelimited) return [readOne(this.#reader)]
    const packed = this.#reader.bytes()
    const reader = new BinaryReader(packed)
    const values: T[] = []
    while (reader.pos < packed.length) values.push(readOne(reader))
    return values
  }

  #expect(wireType: WireType): void {
    if (this.#wireType !== wireType)
      throw new OnnxFormatError({
        place: this.place,
        reason: `field ${this.number} has wire type ${this.#wireType}, not ${wireType}`,
      })
  }
}

/**
 * Calls `read` for every field of a message; one that it does not read is skipped.
 *
 * @throws {OnnxFormatError} for bytes that are no protobuf message.
 */
export function readFields(
  bytes: Uint8Array,
  p: { place: string; depth: number },
  read: (field: ProtoField) => void,
): void {
  const reader = new BinaryReader(bytes)
  try {
    while (reader.pos < bytes.length) {
      const [number, wireType] = reader.tag()
      if (wireType === WireType.StartGroup || wireType === WireType.EndGroup)
        throw new OnnxFormatError({ place: p.place, reason: `field ${number} is a group, ONNX has none` })
      const start = reader.pos
      read(new FieldReader({ number, wireType, reader, place: p.place, depth: p.depth }))
      if (reader.pos === start) reader.skip(wireType, number)
      if (reader.pos > bytes.length) throw new RangeError('the message ends inside a field')
    }
  } catch (error) {
    if (error instanceof OnnxFormatError) throw error
    throw new OnnxFormatError({
      place: p.place,
      reason: error instanceof Error ? error.message : String(error),
      cause: error,
    })
  }
}
