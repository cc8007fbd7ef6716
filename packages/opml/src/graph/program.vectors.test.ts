import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Bytes32, bytesToHex, type Hex, hexToBytes } from '../core/bytes.ts'
import { merkleRoot } from '../core/merkleRoot.ts'
import { ConstantHasher } from './constantHasher.ts'
import { decodeDescriptor } from './decodeDescriptor.ts'
import { encodeDescriptor } from './encodeDescriptor.ts'
import { f32FromBits } from './f32Bits.ts'
import type { Node, Operand } from './node.ts'
import type { AttributeRule, OperandRule, OperatorRule } from './operatorRule.ts'
import { operatorTable } from './operatorTable.ts'
import { parseProgram } from './parseProgram.ts'
import type { Program, ProgramOutput, TensorType } from './program.ts'
import { type ProgramModel, programModel, programModelId } from './programModel.ts'
import { programDescriptors } from './programRoots.ts'
import { printProgram } from './programText.ts'

interface NodeVector extends Omit<Node, 'operands' | 'attributes'> {
  opcode: number
  operands: (Operand | null)[]
  attributes: { name: string; type: AttributeRule['type']; word: number }[]
}

interface ProgramVector {
  name: string
  constants: (TensorType & { bytes: Hex; root: Bytes32 })[]
  inputs: TensorType[]
  sections: { nodes: NodeVector[]; steps: number; haltNode: number | null }[]
  outputs: ProgramOutput[]
  descriptors: Hex[]
  /** Byte strings as text. */
  model: { [name in keyof ProgramModel]: ProgramModel[name] extends number ? number : Bytes32 }
  modelId: Bytes32
}

/** SAFETY: the generator and vectors/programs/README.md fix the form. */
function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../../vectors/programs/${name}.json`, import.meta.url), 'utf8')) as T
}

const valueOf = ({ type, word }: NodeVector['attributes'][0]): number =>
  type === 'u32' ? word : type === 'i32' ? word | 0 : f32FromBits(word)

function nodeOf({ op, dtype, shape, operands, attributes, microOps }: NodeVector): Node {
  return {
    op,
    dtype,
    shape,
    microOps,
    operands: operands.map((operand) => operand ?? undefined) as unknown as Node['operands'],
    attributes: Object.fromEntries(attributes.map((attribute) => [attribute.name, valueOf(attribute)])),
  }
}

/** The operator that a vector's node shows; an absent operand may be a view. */
function ruleOf({ op, opcode, operands, attributes }: NodeVector): OperatorRule {
  const layouts = [0, 1, 2].map((i) => operands[i]?.layout.kind ?? 'view')
  const rules = layouts.map((layout): OperandRule => ({ use: 'optional', layout, classes: [] }))
  return {
    name: op,
    opcode,
    microOps: 'optional',
    check: () => {},
    costSteps: () => 0,
    operands: rules as unknown as OperatorRule['operands'],
    attributes: attributes.map(({ name, type }) => ({ name, type, meaning: '' })),
  }
}

const tableOf = (nodes: NodeVector[]) =>
  operatorTable([...new Map(nodes.map((node) => [node.op, ruleOf(node)])).values()])

describe('vectors/programs', () => {
  const { descriptors } = load<{ descriptors: { name: string; node: NodeVector; descriptor: Hex; root: Bytes32 }[] }>(
    'descriptors',
  )
  test.each(descriptors)('vector: descriptors.json, $name', ({ node, descriptor, root }) => {
    const bytes = encodeDescriptor(nodeOf(node), ruleOf(node))
    expect(bytesToHex(bytes)).toBe(descriptor)
    expect(decodeDescriptor(bytes, tableOf([node]))).toEqual(nodeOf(node))
    expect(bytesToHex(merkleRoot(bytes, 2))).toBe(root)
  })

  const { rejected } = load<{ rejected: { name: string; node: NodeVector; descriptor: Hex; word: number }[] }>(
    'rejectedDescriptors',
  )
  test.each(rejected)('vector: rejectedDescriptors.json, $name', ({ node, descriptor, word }) => {
    const decode = () => decodeDescriptor(hexToBytes(descriptor), tableOf([node]))
    expect(decode).toThrow(expect.objectContaining({ name: 'DescriptorError', word }))
  })

  test.each(load<{ programs: ProgramVector[] }>('programs').programs)('vector: programs.json, $name', (v) => {
    const nodes = v.sections.flatMap((section) => section.nodes)
    const operators = tableOf(nodes)
    const program: Program = {
      constants: v.constants.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
      inputs: v.inputs,
      sections: v.sections.map((section) => ({
        nodes: section.nodes.map(nodeOf),
        steps: section.steps,
        ...(section.haltNode === null ? {} : { haltNode: section.haltNode }),
      })),
      outputs: v.outputs.map(({ name, dtype, shape, section, node }) => ({ name, dtype, shape, section, node })),
    }
    expect(parseProgram(printProgram(program))).toEqual(program)
    expect(programDescriptors(program, operators).map(bytesToHex)).toEqual(v.descriptors)

    const constantRoots = v.constants.map(({ bytes }) => {
      const hasher = new ConstantHasher()
      hasher.update(hexToBytes(bytes))
      return hasher.root()
    })
    expect(constantRoots.map(bytesToHex)).toEqual(v.constants.map(({ root }) => root))

    const { kernelRoot, codeRoot, entry, codeEnd, outputBlockAddress } = v.model
    const { stepHeight, nodeHeight, blockHeight, coarseHeight, fineHeight } = v.model
    const roots = { kernelRoot: hexToBytes(kernelRoot), codeRoot: hexToBytes(codeRoot) }
    const guest = { ...roots, entry, codeEnd, outputBlockAddress }
    const heights = { stepHeight, nodeHeight, blockHeight, coarseHeight, fineHeight }
    const model = programModel(program, { operators, constantRoots, guest, heights })
    const shown = Object.entries(model).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? bytesToHex(value) : value,
    ])
    expect(Object.fromEntries(shown)).toEqual(v.model)
    expect(bytesToHex(programModelId(model))).toBe(v.modelId)
  })
})
