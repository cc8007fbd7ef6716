import { encodeDescriptor } from '../graph/encodeDescriptor.ts'
import type { Node, OperandRef } from '../graph/node.ts'
import type { OperatorRule, OperatorTable } from '../graph/operatorRule.ts'
import type { Program } from '../graph/program.ts'
import { tensorBytes } from '../graph/shape.ts'
import type { PortableKernels } from './portableKernels.ts'

const BLOCK_BYTES = 128

/** Runs programs of one section and one step node by node with the portable kernels: slow, simple, the bits of the guest. */
export class PortableExecutor {
  readonly #kernels: PortableKernels
  readonly #operators: OperatorTable

  constructor(p: { kernels: PortableKernels; operators: OperatorTable }) {
    this.#kernels = p.kernels
    this.#operators = p.operators
  }

  /** The output of one node. */
  node(node: Node, operands: readonly (Uint8Array | undefined)[]): Uint8Array {
    const length = tensorBytes(node.shape, node.dtype)
    const descriptor = encodeDescriptor(node, this.#operators.named(node.op) as OperatorRule)
    const range = { first: 0, count: Math.ceil(length / BLOCK_BYTES) }
    return this.#kernels.blocks(descriptor, operands, range).subarray(0, length)
  }

  /** Outputs of the program, in its order, as dense little-endian bytes. */
  run(program: Program, p: { constants: readonly Uint8Array[]; inputs: readonly Uint8Array[] }): Uint8Array[] {
    const [section, ...others] = program.sections
    if (section === undefined || others.length > 0 || section.steps !== 1)
      throw new TypeError('The portable executor runs one section of one step.')
    const lastUse = lastUses(section.nodes, program.outputs)
    const results: (Uint8Array | undefined)[] = []
    const bytesOf = (ref: OperandRef): Uint8Array | undefined => {
      if (ref.kind === 'constant') return p.constants[ref.index]
      if (ref.kind === 'input') return p.inputs[ref.index]
      return ref.kind === 'node' ? results[ref.index] : undefined
    }
    for (const [i, node] of section.nodes.entries()) {
      results.push(
        this.node(
          node,
          node.operands.map((operand) => operand && bytesOf(operand.ref)),
        ),
      )
      for (const operand of node.operands)
        if (operand?.ref.kind === 'node' && lastUse[operand.ref.index] === i) results[operand.ref.index] = undefined
    }
    return program.outputs.map(({ node }) => results[node] as Uint8Array)
  }
}

/** The node that reads each node's output last; none may drop what is a result. */
function lastUses(nodes: readonly Node[], outputs: Program['outputs']): number[] {
  const last: number[] = []
  for (const [i, { operands }] of nodes.entries())
    for (const operand of operands) if (operand?.ref.kind === 'node') last[operand.ref.index] = i
  for (const { node } of outputs) last[node] = Number.POSITIVE_INFINITY
  return last
}
