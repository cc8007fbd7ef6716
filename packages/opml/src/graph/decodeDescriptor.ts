import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_FIELDS,
  entryByte,
  IMMEDIATE_SOURCE,
  MAX_MICRO_OPS,
  MICRO_OP_FIELDS,
  OPERAND_FIELDS,
  PROGRAM_VERSION,
  REF_FIELDS,
  REF_KINDS,
} from './descriptorLayout.ts'
import { DescriptorFields } from './descriptorFields.ts'
import { type Dtype, DTYPES } from './dtype.ts'
import { encodeDescriptor, numSources } from './encodeDescriptor.ts'
import { DescriptorError } from './errors.ts'
import { f32FromBits } from './f32Bits.ts'
import { microOpOfId } from './microOps.ts'
import type { InitialRef, MicroOp, Node, Operand, OperandLayout, OperandRef, Operands } from './node.ts'
import type { AttributeRule, OperandRule, OperatorRule, OperatorTable } from './operatorRule.ts'
import { MAX_RANK, type Shape } from './shape.ts'

const D = DESCRIPTOR_FIELDS

function fault(byte: number, message: string): DescriptorError {
  return new DescriptorError({ word: byte >>> 2, message })
}

function dtypeAt(fields: DescriptorFields, entry: number): Dtype {
  const id = fields.get(D.dtype, { entry })
  const info = DTYPES[id - 1]
  if (info === undefined) throw fault(D.dtype.byte, `${id} is no dtype.`)
  return info.name
}

function rankAt(fields: DescriptorFields, entry: number): number {
  const rank = fields.get(D.rank, { entry })
  if (rank > MAX_RANK) throw fault(D.rank.byte, `rank ${rank}, at most ${MAX_RANK} is possible.`)
  return rank
}

function dimsAt(fields: DescriptorFields, p: { rank: number; base?: number }): Shape {
  const { rank, base } = p
  const field = base === undefined ? D.dims : OPERAND_FIELDS.dims
  return Array.from({ length: rank }, (_, i) => fields.get(field, { base: base ?? 0, entry: MAX_RANK - rank + i }))
}

function simpleRef(p: { kind: number; index: number; section: number }): InitialRef | undefined {
  switch (p.kind) {
    case REF_KINDS.zero:
      return { kind: 'zero' }
    case REF_KINDS.constant:
      return { kind: 'constant', index: p.index }
    case REF_KINDS.input:
      return { kind: 'input', index: p.index }
    case REF_KINDS.section:
      return { kind: 'section', section: p.section, index: p.index }
    default:
      return undefined
  }
}

function refAt(fields: DescriptorFields, base: number): OperandRef {
  const kind = fields.get(REF_FIELDS.kind, { base })
  const index = fields.get(REF_FIELDS.index, { base })
  const section = fields.get(REF_FIELDS.section, { base })
  if (kind === REF_KINDS.node) return { kind: 'node', index }
  if (kind === REF_KINDS.previous) {
    const initKind = fields.get(REF_FIELDS.initKind, { base })
    const initial = simpleRef({ kind: initKind, index: fields.get(REF_FIELDS.initIndex, { base }), section })
    if (initial === undefined) throw fault(base, `${initKind} is no kind of initial value.`)
    return { kind: 'previous', index, initial }
  }
  const ref = simpleRef({ kind, index, section })
  if (ref === undefined) throw fault(base, `${kind} is no kind of reference.`)
  return ref
}

function layoutAt(fields: DescriptorFields, p: { rule: OperandRule; place: number; outRank: number }): OperandLayout {
  const base = entryByte(D.operand, p.place)
  if (p.rule.layout === 'dense')
    return { kind: 'dense', dims: dimsAt(fields, { rank: rankAt(fields, p.place + 1), base }) }
  const strides = Array.from({ length: p.outRank }, (_, i) =>
    fields.get(OPERAND_FIELDS.strides, { base, entry: MAX_RANK - p.outRank + i }),
  )
  return { kind: 'view', strides, offset: fields.get(OPERAND_FIELDS.offset, { base }) }
}

function operandAt(
  fields: DescriptorFields,
  p: { rule: OperatorRule; place: number; outRank: number },
): Operand | undefined {
  if (fields.get(D.dtype, { entry: p.place + 1 }) === 0) return undefined
  const rule = p.rule.operands[p.place]
  if (rule === undefined) throw fault(D.dtype.byte, `${p.rule.name} takes no operand ${'abc'.charAt(p.place)}.`)
  return {
    ref: refAt(fields, entryByte(D.refs, p.place)),
    dtype: dtypeAt(fields, p.place + 1),
    layout: layoutAt(fields, { rule, place: p.place, outRank: p.outRank }),
  }
}

/** Operands up to the last present one, so that an absent tail has one form. */
function operandsOf(fields: DescriptorFields, rule: OperatorRule, outRank: number): Operands {
  const all = [0, 1, 2].map((place) => operandAt(fields, { rule, place, outRank }))
  while (all.length > 0 && all[all.length - 1] === undefined) all.pop()
  // SAFETY: at most three entries remain.
  return all as unknown as Operands
}

function attributeValue(type: AttributeRule['type'], word: number): number {
  switch (type) {
    case 'u32':
      return word
    case 'i32':
      return word | 0
    case 'f32':
      return f32FromBits(word)
  }
}

function microOpAt(fields: DescriptorFields, base: number): MicroOp {
  const id = fields.get(MICRO_OP_FIELDS.id, { base })
  const row = microOpOfId(id)
  if (row === undefined) throw fault(base, `${id} is no micro-op.`)
  const all = [MICRO_OP_FIELDS.s1, MICRO_OP_FIELDS.s2, MICRO_OP_FIELDS.s3].map((field) => fields.get(field, { base }))
  const sources = all.slice(0, numSources(row)).map((s, i) => (i === 1 && s === IMMEDIATE_SOURCE ? 'imm' : s))
  return { name: row.name, sources, imm: fields.get(MICRO_OP_FIELDS.imm, { base }) }
}

function microOpsOf(fields: DescriptorFields): MicroOp[] {
  const length = fields.get(D.numMicroOps)
  if (length > MAX_MICRO_OPS)
    throw fault(D.numMicroOps.byte, `${length} micro-ops, at most ${MAX_MICRO_OPS} are possible.`)
  return Array.from({ length }, (_, k) => microOpAt(fields, entryByte(D.microOps, k)))
}

function ruleOf(fields: DescriptorFields, operators: OperatorTable): OperatorRule {
  const version = fields.get(D.version)
  if (version !== PROGRAM_VERSION)
    throw fault(D.version.byte, `version ${version}, this library reads ${PROGRAM_VERSION}.`)
  const opcode = fields.get(D.opcode)
  const rule = operators.ofOpcode(opcode)
  if (rule === undefined) throw fault(D.opcode.byte, `${opcode} is no opcode.`)
  return rule
}

/** Whatever the fields do not say must be as {@link encodeDescriptor} writes it: zero, or what follows from them. */
function checkCanonical(bytes: Uint8Array, expected: Uint8Array): void {
  const at = bytes.findIndex((byte, i) => byte !== expected[i])
  if (at < 0) return
  throw fault(at, `byte ${at} is ${bytes[at]}, it must be ${expected[at]}.`)
}

/**
 * The node of a descriptor; the exact inverse of {@link encodeDescriptor}.
 *
 * @throws {DescriptorError} with the word: not 512 bytes, an unknown opcode, version, dtype, kind of reference or micro-op, a rank or
 *   count out of range, an operand that the operator does not take, a length that is not that of dims × dtype, an f32 attribute
 *   that is another NaN than 0x7fc00000, or an unused byte that is not zero.
 * @throws {TensorTooLargeError} for dims of more than 1 GiB.
 * @see spec/02-program.md §3
 */
export function decodeDescriptor(bytes: Uint8Array, operators: OperatorTable): Node {
  if (bytes.length !== DESCRIPTOR_BYTES) throw fault(0, `${bytes.length} bytes instead of ${DESCRIPTOR_BYTES}.`)
  const fields = new DescriptorFields(bytes)
  const rule = ruleOf(fields, operators)
  const rank = rankAt(fields, 0)
  const attributes = rule.attributes.map(({ name, type }, entry): [string, number] => [
    name,
    attributeValue(type, fields.get(D.attributes, { entry })),
  ])
  const node: Node = {
    op: rule.name,
    dtype: dtypeAt(fields, 0),
    shape: dimsAt(fields, { rank }),
    operands: operandsOf(fields, rule, rank),
    attributes: Object.fromEntries(attributes),
    microOps: microOpsOf(fields),
  }
  checkCanonical(bytes, encodeDescriptor(node, rule))
  return node
}
