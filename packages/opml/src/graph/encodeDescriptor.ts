import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_FIELDS,
  entryByte,
  IMMEDIATE_SOURCE,
  MAX_ATTRIBUTES,
  MAX_MICRO_OPS,
  MICRO_OP_FIELDS,
  OPERAND_FIELDS,
  PROGRAM_VERSION,
  REF_FIELDS,
  REF_KINDS,
} from './descriptorLayout.ts'
import { DescriptorFields } from './descriptorFields.ts'
import { dtypeInfo } from './dtype.ts'
import { DescriptorError } from './errors.ts'
import { f32ToBits, isF32 } from './f32Bits.ts'
import { type MicroOpRow, microOpNamed } from './microOps.ts'
import type { InitialRef, MicroOp, Node, Operand, OperandRef } from './node.ts'
import type { AttributeRule, OperandRule, OperatorRule } from './operatorRule.ts'
import { MAX_RANK, rightAligned, type Shape, tensorBytes } from './shape.ts'

const D = DESCRIPTOR_FIELDS

function fault(byte: number, message: string): DescriptorError {
  return new DescriptorError({ word: byte >>> 2, message })
}

function aligned(values: readonly number[], p: { byte: number; fill: number }): number[] {
  if (values.length > MAX_RANK) throw fault(p.byte, `${values.length} dimensions, at most ${MAX_RANK} are possible.`)
  return rightAligned(values, p.fill)
}

function putDims(fields: DescriptorFields, dims: Shape, base?: number): void {
  const field = base === undefined ? D.dims : OPERAND_FIELDS.dims
  const byte = (base ?? 0) + field.byte
  for (const [entry, dim] of aligned(dims, { byte, fill: 1 }).entries())
    fields.set(field, dim, { base: base ?? 0, entry })
}

/** Index and section of a reference that is no previous-step one. */
function simpleRef(ref: Exclude<OperandRef, { kind: 'previous' }> | InitialRef): { index: number; section: number } {
  return { index: ref.kind === 'zero' ? 0 : ref.index, section: ref.kind === 'section' ? ref.section : 0 }
}

function putRef(fields: DescriptorFields, ref: OperandRef, base: number): void {
  fields.set(REF_FIELDS.kind, REF_KINDS[ref.kind], { base })
  if (ref.kind !== 'previous') {
    fields.set(REF_FIELDS.index, simpleRef(ref).index, { base })
    fields.set(REF_FIELDS.section, simpleRef(ref).section, { base })
    return
  }
  fields.set(REF_FIELDS.index, ref.index, { base })
  fields.set(REF_FIELDS.initKind, REF_KINDS[ref.initial.kind], { base })
  fields.set(REF_FIELDS.initIndex, simpleRef(ref.initial).index, { base })
  fields.set(REF_FIELDS.section, simpleRef(ref.initial).section, { base })
}

function putLayout(fields: DescriptorFields, p: { operand: Operand; rule: OperandRule; base: number }): void {
  const { layout } = p.operand
  if (layout.kind !== p.rule.layout)
    throw fault(p.base, `the operator takes a ${p.rule.layout} operand, not a ${layout.kind} one.`)
  if (layout.kind === 'dense') return putDims(fields, layout.dims, p.base)
  const byte = p.base + OPERAND_FIELDS.strides.byte
  for (const [entry, stride] of aligned(layout.strides, { byte, fill: 0 }).entries()) {
    fields.set(OPERAND_FIELDS.strides, stride, { base: p.base, entry })
  }
  fields.set(OPERAND_FIELDS.offset, layout.offset, { base: p.base })
}

function putOperand(fields: DescriptorFields, p: { node: Node; rule: OperatorRule; place: number }): void {
  const operand = p.node.operands[p.place]
  if (operand === undefined) return
  const rule = p.rule.operands[p.place]
  const base = entryByte(D.operand, p.place)
  if (rule === undefined) throw fault(base, `${p.node.op} takes no operand ${'abc'.charAt(p.place)}.`)
  fields.set(D.dtype, dtypeInfo(operand.dtype).id, { entry: p.place + 1 })
  if (operand.layout.kind === 'dense') fields.set(D.rank, operand.layout.dims.length, { entry: p.place + 1 })
  else if (operand.layout.strides.length !== p.node.shape.length)
    throw fault(base, 'a view needs one stride a dimension of the output.')
  putRef(fields, operand.ref, entryByte(D.refs, p.place))
  putLayout(fields, { operand, rule, base })
}

/** The word of an attribute, unsigned; undefined when the number is none of its type. */
function attributeWord(type: AttributeRule['type'], value: number | undefined): number | undefined {
  if (value === undefined) return undefined
  if (type === 'f32') return isF32(value) ? f32ToBits(value) : undefined
  const isInRange = type === 'u32' ? value >>> 0 === value : (value | 0) === value
  return isInRange && !Object.is(value, -0) ? value >>> 0 : undefined
}

function putAttributes(fields: DescriptorFields, node: Node, rules: readonly AttributeRule[]): void {
  const numGiven = Object.keys(node.attributes).length
  if (rules.length > MAX_ATTRIBUTES || numGiven !== rules.length) {
    throw fault(D.attributes.byte, `${numGiven} attributes, ${node.op} has ${rules.length}.`)
  }
  for (const [entry, { name, type }] of rules.entries()) {
    const value = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined
    const word = attributeWord(type, value)
    if (word === undefined) throw fault(entryByte(D.attributes, entry), `${value} is no ${type} for attribute ${name}.`)
    fields.set(D.attributes, word, { entry })
  }
}

const SOURCE_FIELDS = [MICRO_OP_FIELDS.s1, MICRO_OP_FIELDS.s2, MICRO_OP_FIELDS.s3] as const

/** Number of sources of a micro-op: `load` and `index` have one that is no value. */
export function numSources(row: MicroOpRow): number {
  return row.name === 'load' || row.name === 'index' ? 1 : row.arguments.length
}

/** Whether a micro-op has a use for its immediate. */
function usesImmediate(op: MicroOp): boolean {
  return op.name === 'load' || op.name.endsWith('.const') || op.sources[1] === 'imm'
}

function putSource(fields: DescriptorFields, op: MicroOp, p: { base: number; i: number }): void {
  const source = op.sources[p.i] as number | 'imm'
  const isImmediate = source === 'imm' && p.i === 1
  if (!isImmediate && (source === 'imm' || source >= IMMEDIATE_SOURCE)) {
    throw fault(p.base, `${source} cannot be source ${p.i + 1} of ${op.name}.`)
  }
  fields.set(SOURCE_FIELDS[p.i], source === 'imm' ? IMMEDIATE_SOURCE : source, { base: p.base })
}

function putMicroOp(fields: DescriptorFields, op: MicroOp, base: number): void {
  const row = microOpNamed(op.name)
  if (row === undefined) throw fault(base, `"${op.name}" is no micro-op.`)
  if (op.sources.length !== numSources(row)) {
    throw fault(base, `${op.name} takes ${numSources(row)} sources, not ${op.sources.length}.`)
  }
  fields.set(MICRO_OP_FIELDS.id, row.id, { base })
  for (let i = 0; i < op.sources.length; i++) putSource(fields, op, { base, i })
  if (op.imm !== 0 && !usesImmediate(op))
    throw fault(base + MICRO_OP_FIELDS.imm.byte, `${op.name} has no use for ${op.imm}.`)
  fields.set(MICRO_OP_FIELDS.imm, op.imm, { base })
}

/**
 * The 512 bytes of a node; for every valid node the exact inverse of `decodeDescriptor`.
 *
 * @throws {DescriptorError} for a node that has no descriptor: a number that does not fit its field, operands or attributes other
 *   than the rule's, an unknown micro-op. What a node may mean is checked by `verifyProgram`.
 * @throws {UnknownDtypeError | TensorTooLargeError} as {@link tensorBytes}.
 * @see spec/02-program.md §3
 */
export function encodeDescriptor(node: Node, rule: OperatorRule): Uint8Array {
  const fields = new DescriptorFields(new Uint8Array(DESCRIPTOR_BYTES))
  if (rule.name !== node.op) throw fault(D.opcode.byte, `the rule of ${rule.name} was given for a node ${node.op}.`)
  if (node.microOps.length > MAX_MICRO_OPS)
    throw fault(D.numMicroOps.byte, `${node.microOps.length} micro-ops, at most ${MAX_MICRO_OPS} are possible.`)
  fields.set(D.opcode, rule.opcode)
  fields.set(D.version, PROGRAM_VERSION)
  fields.set(D.numMicroOps, node.microOps.length)
  fields.set(D.dtype, dtypeInfo(node.dtype).id)
  fields.set(D.rank, node.shape.length)
  putDims(fields, node.shape)
  fields.set(D.lengthBytes, tensorBytes(node.shape, node.dtype))
  for (let place = 0; place < 3; place++) putOperand(fields, { node, rule, place })
  putAttributes(fields, node, rule.attributes)
  for (const [k, op] of node.microOps.entries()) putMicroOp(fields, op, entryByte(D.microOps, k))
  return fields.bytes
}
