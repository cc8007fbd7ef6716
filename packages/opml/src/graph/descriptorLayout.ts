/** Bytes of a descriptor: four blocks. */
export const DESCRIPTOR_BYTES = 512

/** Version of descriptors that this library reads and writes. */
export const PROGRAM_VERSION = 1

/** Most micro-ops of a node. */
export const MAX_MICRO_OPS = 24

/** Most attribute words of a node. */
export const MAX_ATTRIBUTES = 22

/** Entry of `s2` that takes `imm` as the second argument. */
export const IMMEDIATE_SOURCE = 0xff

/** C type of a field; the structs are in {@link DESCRIPTOR_STRUCTS}. */
export type DescriptorFieldType =
  | 'uint8_t'
  | 'uint16_t'
  | 'uint32_t'
  | 'int32_t'
  | 'ProgramRef'
  | 'ProgramOperand'
  | 'ProgramMicroOp'

/** One field of a descriptor or of a struct inside it. */
export interface DescriptorField {
  /** Offset in bytes from the start of the descriptor or struct. */
  readonly byte: number
  readonly type: DescriptorFieldType
  /** Number of entries; 1 is a plain field. */
  readonly count: number
  readonly meaning: string
}

function field(byte: number, type: DescriptorFieldType, p: { count?: number; meaning: string }): DescriptorField {
  return { byte, type, count: p.count ?? 1, meaning: p.meaning }
}

/** The three words of a reference. @see spec/02-program.md §4 */
export const REF_FIELDS = {
  kind: field(0, 'uint8_t', { meaning: 'REF_…' }),
  initKind: field(1, 'uint8_t', { meaning: 'REF_… of the initial value, for REF_PREVIOUS' }),
  section: field(2, 'uint16_t', { meaning: 'of REF_SECTION, also as initial value' }),
  index: field(4, 'uint32_t', { meaning: 'constant, input or node' }),
  initIndex: field(8, 'uint32_t', { meaning: 'constant, input or node of the initial value' }),
} as const

/** The thirteen words of an operand. @see spec/02-program.md §3 */
export const OPERAND_FIELDS = {
  dims: field(0, 'uint32_t', { count: 6, meaning: 'right-aligned; of dense operands' }),
  strides: field(24, 'int32_t', {
    count: 6,
    meaning: 'in elements, right-aligned, for the dims of the output; of views',
  }),
  offset: field(48, 'int32_t', { meaning: 'in elements; of views' }),
} as const

/** The two words of a micro-op. @see spec/02-program.md §5 */
export const MICRO_OP_FIELDS = {
  id: field(0, 'uint8_t', { meaning: 'MICRO_…' }),
  s1: field(1, 'uint8_t', { meaning: 'first argument; operand of load, dimension of index' }),
  s2: field(2, 'uint8_t', { meaning: 'second argument, or MICRO_IMMEDIATE' }),
  s3: field(3, 'uint8_t', { meaning: 'third argument' }),
  imm: field(4, 'int32_t', { meaning: 'the bits of an f32, an integer, or elements' }),
} as const

/**
 * Every field of a descriptor, by ascending offset: the one place that knows where they are. `kernels/include/program_node.h`
 * is generated from here.
 *
 * @see spec/02-program.md §3
 */
export const DESCRIPTOR_FIELDS = {
  opcode: field(0, 'uint16_t', { meaning: 'OPCODE_…' }),
  version: field(2, 'uint8_t', { meaning: 'PROGRAM_VERSION' }),
  numMicroOps: field(3, 'uint8_t', { meaning: 'of both lists together' }),
  dtype: field(4, 'uint8_t', { count: 4, meaning: 'DTYPE_… of out, a, b, c; 0: operand absent' }),
  rank: field(8, 'uint8_t', { count: 4, meaning: 'of out and of dense a, b, c; 0 for views' }),
  lengthBytes: field(12, 'uint32_t', { meaning: 'of the output' }),
  dims: field(16, 'uint32_t', { count: 6, meaning: 'of the output, right-aligned, missing ones 1' }),
  refs: field(40, 'ProgramRef', { count: 3, meaning: 'where a, b, c come from' }),
  operand: field(76, 'ProgramOperand', { count: 3, meaning: 'how a, b, c are read' }),
  attributes: field(232, 'uint32_t', { count: MAX_ATTRIBUTES, meaning: 'indexed by ATTRIBUTE_<OPERATOR>_<NAME>' }),
  microOps: field(320, 'ProgramMicroOp', { count: MAX_MICRO_OPS, meaning: 'value k is that of entry k of its list' }),
} as const

/** The structs inside a descriptor, with their sizes in bytes. */
export const DESCRIPTOR_STRUCTS = {
  ProgramRef: { bytes: 12, fields: REF_FIELDS },
  ProgramOperand: { bytes: 52, fields: OPERAND_FIELDS },
  ProgramMicroOp: { bytes: 8, fields: MICRO_OP_FIELDS },
} as const

/** Number of each kind of reference in descriptors. @see spec/02-program.md §4 */
export const REF_KINDS = { zero: 0, constant: 1, input: 2, node: 3, previous: 4, section: 5 } as const

/** Offset in bytes of entry `index` of a field with more than one. */
export function entryByte(entry: DescriptorField, index: number): number {
  return entry.byte + index * typeBytes(entry.type)
}

/** Size in bytes of a field's type. */
export function typeBytes(type: DescriptorFieldType): number {
  switch (type) {
    case 'uint8_t':
      return 1
    case 'uint16_t':
      return 2
    case 'uint32_t':
    case 'int32_t':
      return 4
    case 'ProgramRef':
    case 'ProgramOperand':
    case 'ProgramMicroOp':
      return DESCRIPTOR_STRUCTS[type].bytes
  }
}
