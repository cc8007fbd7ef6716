import { type Bytes32, bytesToHex, type Hex } from '../core/bytes.ts'
import { KIND } from '../dispute/kinds.ts'
import type { TraceProvider, TreeNode } from '../dispute/traceProvider.ts'
import type { MachineTrace } from '../vm/machineTrace.ts'
import { descendantsOf, siblingsOf } from './treeAnswers.ts'

/**
 * Kind fine: every state of one stride of a machine's run (spec/05, spec/06 §2). A leaf is decided by one instruction, so there is
 * nothing below.
 */
export class FineTraceProvider implements TraceProvider {
  readonly kind = KIND.fine
  readonly height: number
  private readonly trace: MachineTrace
  private readonly stride: number

  /**
   * @param trace - the history that the trace above is read from.
   * @param stride - the coarse leaf, from 0.
   */
  constructor(trace: MachineTrace, stride: number) {
    this.trace = trace
    this.stride = stride
    this.height = trace.fineHeight
  }

  async root(): Promise<Bytes32> {
    return bytesToHex(this.tree().root())
  }

  /** @throws {NoSuchNodeError} outside the tree. */
  async descendants(node: TreeNode, depth: number): Promise<readonly Bytes32[]> {
    return descendantsOf(this.tree(), node, depth)
  }

  /** @throws {NoSuchNodeError} outside the tree. */
  async proveLeaf(position: bigint): Promise<readonly Bytes32[]> {
    return siblingsOf(this.tree(), position)
  }

  /** The last leaf: the leaf above that this trace supports. */
  async outcome(): Promise<Bytes32> {
    return bytesToHex(this.tree().node(0, 2 ** this.height - 1))
  }

  async joinEvidence(): Promise<Hex> {
    return '0x'
  }

  /** The witness of the instruction that makes leaf `position`, in the state before it (spec/07 §1). */
  async sealEvidence(position: bigint): Promise<Hex> {
    return bytesToHex(this.trace.witness(this.stride * 2 ** this.height + Number(position)))
  }

  async initialSiblings(): Promise<readonly Bytes32[]> {
    return []
  }

  inner(): null {
    return null
  }

  private tree() {
    return this.trace.fineTree(this.stride)
  }
}
