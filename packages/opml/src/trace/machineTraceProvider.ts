import { type Bytes32, bytesToHex, type Hex } from '../core/bytes.ts'
import type { MerkleTree } from '../core/merkleTree.ts'
import { KIND } from '../dispute/kinds.ts'
import type { TraceProvider, TreeNode } from '../dispute/traceProvider.ts'
import { splitWords } from '../dispute/words.ts'
import { MachineTrace, type MachineTraceOptions } from '../vm/machineTrace.ts'
import type { RunFinal } from '../vm/tracedRun.ts'
import { FineTraceProvider } from './fineTraceProvider.ts'
import { descendantsOf, siblingsOf } from './treeAnswers.ts'

/** What a {@link MachineTraceProvider} is made from. */
export interface MachineTraceProviderOptions<Final extends RunFinal = RunFinal> extends MachineTraceOptions<Final> {
  /** `block` for the run that computes one block of a tensor program; coarse by default. */
  readonly kind?: typeof KIND.coarse | typeof KIND.block
  /**
   * Called between slices of the run, so that a long one does not stop everything else: resolve in a new task of the event
   * loop. Without it the run is made in one piece.
   */
  readonly pause?: () => Promise<void>
}

/** Instructions between two pauses: some milliseconds of a fast executor with its hashing. */
const SLICE_STEPS = 2 ** 22
const MAX_SLICE_STRIDES = 256

/**
 * Kinds coarse and block: the states of one run of the machine after each stride (spec/05, spec/06 §2); after each instruction where
 * `fineHeight` is 0.
 *
 * The run is made when the first answer is asked for, or by {@link prepare}.
 */
export class MachineTraceProvider<Final extends RunFinal = RunFinal> implements TraceProvider {
  readonly kind: typeof KIND.coarse | typeof KIND.block
  readonly height: number
  /** The history that the answers are read from. */
  readonly trace: MachineTrace<Final>
  private readonly pause: (() => Promise<void>) | undefined
  private running: Promise<void> | undefined

  /** @throws {TraceHeightError} a height is out of range. */
  constructor(options: MachineTraceProviderOptions<Final>) {
    this.trace = new MachineTrace(options)
    this.kind = options.kind ?? KIND.coarse
    this.height = options.coarseHeight
    this.pause = options.pause
  }

  /**
   * Makes the run, once; later calls wait for the same run.
   *
   * @throws {TraceTooLongError} the run has more strides than allowed.
   */
  prepare(): Promise<void> {
    this.running ??= this.runInSlices()
    return this.running
  }

  async root(): Promise<Bytes32> {
    return bytesToHex((await this.tree()).root())
  }

  /** @throws {NoSuchNodeError} outside the tree. */
  async descendants(node: TreeNode, depth: number): Promise<readonly Bytes32[]> {
    return descendantsOf(await this.tree(), node, depth)
  }

  /** @throws {NoSuchNodeError} outside the tree. */
  async proveLeaf(position: bigint): Promise<readonly Bytes32[]> {
    return siblingsOf(await this.tree(), position)
  }

  /** What the last state stands for: the task's result or FAILED (spec/04 §6), or the leaf that a node's run gives. */
  async outcome(): Promise<Bytes32> {
    await this.prepare()
    return bytesToHex(this.trace.final().outcome)
  }

  /** The final state proof (spec/07 §2, §5). */
  async joinEvidence(): Promise<Hex> {
    await this.prepare()
    return bytesToHex(this.trace.final().proof)
  }

  /** Where there is no fine tree, the witness of the instruction that makes leaf `position` (spec/07 §1); else `0x`. */
  async sealEvidence(position: bigint): Promise<Hex> {
    if (this.trace.fineHeight > 0) return '0x'
    await this.prepare()
    return bytesToHex(this.trace.witness(Number(position)))
  }

  /** The proof of the first state: `slotSiblings` of a task's run (spec/07 §2), nothing for a block's. */
  async initialSiblings(): Promise<readonly Bytes32[]> {
    return splitWords(bytesToHex(this.trace.startProof))
  }

  /** The fine trace below leaf `position`; null where one instruction decides the leaf. */
  async inner(position: bigint): Promise<TraceProvider | null> {
    if (this.trace.fineHeight === 0) return null
    await this.prepare()
    return new FineTraceProvider(this.trace, Number(position))
  }

  private async tree(): Promise<MerkleTree> {
    await this.prepare()
    return this.trace.coarseTree()
  }

  private async runInSlices(): Promise<void> {
    const numStrides = Math.min(MAX_SLICE_STRIDES, Math.max(1, SLICE_STEPS / 2 ** this.trace.fineHeight))
    while (!this.trace.advance(numStrides)) await this.pause?.()
  }
}
