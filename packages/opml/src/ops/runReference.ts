import { type Dtype, dtypeInfo } from '../graph/dtype.ts'
import type { OperandRef } from '../graph/node.ts'
import type { Program } from '../graph/program.ts'
import { tensorBytes } from '../graph/shape.ts'
import { elements as elementsOf, tensorOver } from '../graph/tensor.ts'
import type { Elements } from './elements.ts'
import type { Operator } from './operator.ts'

/**
 * Runs a program of one section and one step by the operators' plain loops: the slow executor that fixes the bits.
 *
 * @param p.operators - those that the program uses, at least.
 * @param p.onNode - called after each node with its number.
 * @returns outputs in the program's order, dense, little-endian.
 * @throws TypeError for a program of several sections or steps.
 */
export function runReference(
  program: Program,
  p: {
    operators: readonly Operator[]
    constants: readonly Uint8Array[]
    inputs: readonly Uint8Array[]
    onNode?: (node: number) => void
  },
): Uint8Array[] {
  const [section, ...others] = program.sections
  if (section === undefined || others.length > 0 || section.steps !== 1)
    throw new TypeError('The reference runs one section of one step.')
  const operators = new Map(p.operators.map((operator) => [operator.name, operator]))
  const results: Uint8Array[] = []
  const bytesOf = (ref: OperandRef): Uint8Array | undefined => {
    if (ref.kind === 'constant') return p.constants[ref.index]
    if (ref.kind === 'input') return p.inputs[ref.index]
    return ref.kind === 'node' ? results[ref.index] : undefined
  }
  for (const [number, node] of section.nodes.entries()) {
    const operator = operators.get(node.op) as Operator
    const operands = node.operands.map((operand) => operand && asElements(bytesOf(operand.ref), operand.dtype))
    const output = operator.reference(node, operands)
    const bytes = new Uint8Array(output.buffer, output.byteOffset, output.byteLength)
    results.push(bytes.subarray(0, tensorBytes(node.shape, node.dtype)))
    p.onNode?.(number)
  }
  return program.outputs.map(({ node }) => results[node])
}

function asElements(bytes: Uint8Array | undefined, dtype: Dtype): Elements | undefined {
  if (bytes === undefined) return undefined
  return elementsOf(tensorOver(bytes, { dtype, shape: [bytes.length / dtypeInfo(dtype).bytes] }))
}
