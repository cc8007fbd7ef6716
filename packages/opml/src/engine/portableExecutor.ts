import { encodeDescriptor } from '../graph/encodeDescriptor.ts'
import type { Node } from '../graph/node.ts'
import type { OperatorRule, OperatorTable } from '../graph/operatorRule.ts'
import type { Program } from '../graph/program.ts'
import { type ProgramWalkOptions, walkProgram } from '../graph/programWalk.ts'
import { tensorBytes } from '../graph/shape.ts'
import type { PortableKernels } from './portableKernels.ts'

const BLOCK_BYTES = 128

/** Runs programs node by node with the portable kernels: slow, simple, the bits of the guest. */
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

  /**
   * Outputs of the program, in its order, as dense little-endian bytes.
   *
   * @param p.tap - gets every output that is computed.
   */
  run(program: Program, p: Omit<ProgramWalkOptions, 'compute'>): Uint8Array[] {
    return walkProgram(program, { ...p, compute: (node, operands) => this.node(node, operands) })
  }
}
