import { PROGRAM_VERSION } from './descriptorLayout.ts'
import { numPreOps } from './checkMicroOps.ts'
import { f32ToBits } from './f32Bits.ts'
import { f32BitsToText } from './f32Text.ts'
import { microOpNamed } from './microOps.ts'
import type { InitialRef, MicroOp, Node, Operand, OperandRef } from './node.ts'
import type { Program, ProgramOutput, Section, TensorType } from './program.ts'

function typeText({ dtype, shape }: Pick<TensorType, 'dtype' | 'shape'>): string {
  return `${dtype}[${shape.join(', ')}]`
}

function initialText(ref: InitialRef): string {
  switch (ref.kind) {
    case 'zero':
      return 'zero'
    case 'constant':
      return `@${ref.index}`
    case 'input':
      return `$${ref.index}`
    case 'section':
      return `section ${ref.section} %${ref.index}`
  }
}

function refText(ref: OperandRef): string {
  if (ref.kind === 'node') return `%${ref.index}`
  if (ref.kind === 'previous') return `previous %${ref.index} from ${initialText(ref.initial)}`
  return initialText(ref)
}

function operandText({ ref, dtype, layout }: Operand): string {
  if (layout.kind === 'dense') return `${refText(ref)}:${typeText({ dtype, shape: layout.dims })}`
  const offset = layout.offset === 0 ? '' : ` offset ${layout.offset}`
  return `${refText(ref)}:${dtype} view(${layout.strides.join(', ')})${offset}`
}

function operandsText({ operands }: Node): string {
  return operands.map((operand, i) => (operand ? ` ${'abc'.charAt(i)}=${operandText(operand)}` : '')).join('')
}

/** Integers of 32 bits as such, all else as an f32: which of the two an attribute is, its value tells. */
function numberText(value: number): string {
  const isWord = Number.isInteger(value) && Math.abs(value) < 2 ** 32 && !Object.is(value, -0)
  return isWord ? String(value) : f32BitsToText(f32ToBits(value))
}

/** By name, so that equal nodes have equal texts. */
function attributesText({ attributes }: Node): string {
  const names = Object.keys(attributes).sort((a, b) => (a < b ? -1 : 1))
  if (names.length === 0) return ''
  return ` {${names.map((name) => `${name}=${numberText(attributes[name])}`).join(', ')}}`
}

function immediateText(op: MicroOp): string {
  const row = microOpNamed(op.name)
  const isFloat = row?.arguments.charAt(1) === 'F' || op.name === 'f32.const'
  return isFloat ? f32BitsToText(op.imm) : String(op.imm)
}

function argumentTexts(op: MicroOp): string[] {
  const [first] = op.sources
  if (op.name === 'load') return ['abc'.charAt(Number(first)), ...(op.imm === 0 ? [] : [String(op.imm)])]
  if (op.name === 'index') return [String(first)]
  if (op.name.endsWith('.const')) return [immediateText(op)]
  return op.sources.map((source) => (source === 'imm' ? immediateText(op) : `v${source}`))
}

function microOpText(op: MicroOp): string {
  return [op.name, argumentTexts(op).join(', ')].filter((part) => part !== '').join(' ')
}

/** Values are numbered from 0 in each list; a bar stands between the pre-ops and the epilogue. */
function microOpsText(node: Node): string {
  if (node.microOps.length === 0) return ''
  const numPre = numPreOps(node)
  const texts = node.microOps.map((op, k) => {
    const separator = k === 0 ? '' : k === numPre ? ' | ' : '; '
    return `${separator}v${k < numPre ? k : k - numPre} = ${microOpText(op)}`
  })
  return ` [ ${texts.join('')} ]`
}

function nodeText(node: Node, index: number): string {
  return `  %${index} = ${node.op} ${typeText(node)}${operandsText(node)}${attributesText(node)}${microOpsText(node)}`
}

function sectionLines({ nodes, steps, haltNode }: Section, index: number): string[] {
  const halt = haltNode === undefined ? '' : ` halt %${haltNode}`
  return [`section ${index} steps ${steps}${halt} {`, ...nodes.map(nodeText), '}']
}

function declarationText(type: TensorType): string {
  return `${JSON.stringify(type.name)} ${typeText(type)}`
}

function outputText(output: ProgramOutput): string {
  return `output ${declarationText(output)} = section ${output.section} %${output.node}`
}

/**
 * The text form of a program, one line a node; `parseProgram` is the exact inverse.
 *
 * Equal programs have equal texts. f32 immediates are printed as the shortest decimals with the same bits.
 * @example
 * program 1
 * input $0 "x" f32[2]
 * section 0 steps 1 {
 *   %0 = Map f32[2] a=$0:f32 view(1) [ v0 = load a; v1 = f32.max v0, 0.0 ]
 * }
 * output "relu" f32[2] = section 0 %0
 */
export function printProgram(program: Program): string {
  const lines = [
    `program ${PROGRAM_VERSION}`,
    ...program.constants.map((type, i) => `constant @${i} ${declarationText(type)}`),
    ...program.inputs.map((type, i) => `input $${i} ${declarationText(type)}`),
    ...program.sections.flatMap(sectionLines),
    ...program.outputs.map(outputText),
  ]
  return `${lines.join('\n')}\n`
}
