import { type DescriptorField, entryByte } from './descriptorLayout.ts'
import { DescriptorError } from './errors.ts'

/** Ranges of the scalar types of descriptor fields, inclusive. */
const RANGES = {
  uint8_t: [0, 0xff],
  uint16_t: [0, 0xffff],
  uint32_t: [0, 0xffffffff],
  int32_t: [-0x80000000, 0x7fffffff],
} as const

type ScalarType = keyof typeof RANGES

/** A field that holds numbers, not structs. */
type ScalarField = DescriptorField & { readonly type: ScalarType }

/** Where in a field: its struct's start in the descriptor and the number of the entry, both 0 unless said. */
export interface FieldPlace {
  readonly base?: number
  readonly entry?: number
}

function isScalar(field: DescriptorField): field is ScalarField {
  return field.type in RANGES
}

function placeOf(field: DescriptorField, { base = 0, entry = 0 }: FieldPlace): { byte: number; type: ScalarType } {
  if (!isScalar(field)) throw new TypeError(`A ${field.type} is no number.`)
  return { byte: base + entryByte(field, entry), type: field.type }
}

/** Reads and writes the numbers of one descriptor, little-endian. */
export class DescriptorFields {
  readonly bytes: Uint8Array
  private readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The number in a field. */
  get(field: DescriptorField, place: FieldPlace = {}): number {
    const { byte, type } = placeOf(field, place)
    switch (type) {
      case 'uint8_t':
        return this.view.getUint8(byte)
      case 'uint16_t':
        return this.view.getUint16(byte, true)
      case 'uint32_t':
        return this.view.getUint32(byte, true)
      case 'int32_t':
        return this.view.getInt32(byte, true)
    }
  }

  /** Writes a field. @throws {DescriptorError} for a number that it cannot hold. */
  set(field: DescriptorField, value: number, place: FieldPlace = {}): void {
    const { byte, type } = placeOf(field, place)
    const [min, max] = RANGES[type]
    if (!Number.isInteger(value) || value < min || value > max || Object.is(value, -0)) {
      throw new DescriptorError({ word: byte >>> 2, message: `${value} does not fit a field of type ${type}.` })
    }
    switch (type) {
      case 'uint8_t':
        return this.view.setUint8(byte, value)
      case 'uint16_t':
        return this.view.setUint16(byte, value, true)
      case 'uint32_t':
        return this.view.setUint32(byte, value, true)
      case 'int32_t':
        return this.view.setInt32(byte, value, true)
    }
  }
}
