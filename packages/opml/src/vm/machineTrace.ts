import { bytesEqual } from '../core/bytes.ts'
import { MerkleTree } from '../core/merkleTree.ts'
import { CheckpointStore } from './checkpointStore.ts'
import { CodeTree } from './codeTree.ts'
import type { Machine, MachineStart } from './machine.ts'
import { ExecutorMismatchError, TraceHeightError, TraceTooLongError } from './machineTraceErrors.ts'
import type { TraceFault } from './machineTraceFault.ts'
import { ReplayState } from './machineTraceReplay.ts'
import { MachineTraceRun } from './machineTraceRun.ts'
import { StateHashes } from './machineTraceStates.ts'
import { step } from './step.ts'
import type { RunFinal, TracedRun } from './tracedRun.ts'
import { recordStep } from './witness.ts'

/** The most that spec/03 §4 allows. */
export const MAX_COARSE_HEIGHT = 40
/** The most that spec/03 §4 allows. */
export const MAX_FINE_HEIGHT = 20

/** What a {@link MachineTrace} is of, and what it may use. */
export interface MachineTraceOptions<Final extends RunFinal = RunFinal> {
  readonly run: TracedRun<Final>
  /** The coarse tree has 2^coarseHeight leaves, 1 to 40. */
  readonly coarseHeight: number
  /** A stride has 2^fineHeight instructions, 0 to 20. */
  readonly fineHeight: number
  /** Makes the machine that runs the program: any executor. */
  readonly createMachine: (start: MachineStart) => Machine
  /** Lies to build into the history; none by default. */
  readonly faults?: readonly TraceFault[]
  /** Memory for checkpoints, in bytes; 128 MiB by default. */
  readonly maxCheckpointBytes?: number
  /** Strides a run may have before its halt; 2^22 by default. */
  readonly maxCoarseLeaves?: number
}

const DEFAULT_CHECKPOINT_BYTES = 2 ** 27
const DEFAULT_COARSE_LEAVES = 2 ** 22
/** Fine trees kept for the next question about them. */
const NUM_KEPT_FINE_TREES = 2

/**
 * The whole history of one run of the machine: what a claim commits to at both VM levels (spec/05).
 *
 * Leaves of the coarse tree come from one run of a fast executor that stops after each stride; no state per step is stored. A
 * fine tree is made when it is asked for, by re-execution from the nearest checkpoint. Past the halt everything is padding, so
 * 2^40 leaves cost nothing.
 * The same options give the same bits, whatever the executor, the order of calls and the memory for checkpoints.
 */
export class MachineTrace<Final extends RunFinal = RunFinal> {
  readonly coarseHeight: number
  readonly fineHeight: number
  /** Hash of the state before the first instruction, 32 bytes. */
  readonly initialStateHash: Uint8Array
  /** Packed proof of that state, if its kind of run has one: for a task's run the slot siblings (spec/07 §2). */
  readonly startProof: Uint8Array
  private readonly options: MachineTraceOptions<Final>
  private readonly strideSteps: number
  private readonly run: MachineTraceRun
  private readonly checkpoints: CheckpointStore
  private readonly coarseLeaves = new StateHashes()
  private readonly fineTrees = new Map<number, MerkleTree>()
  private code: CodeTree | undefined
  private finished: { readonly tree: MerkleTree; readonly final: Final; readonly numSteps: number } | undefined

  /** @throws {TraceHeightError} a height is out of range. */
  constructor(options: MachineTraceOptions<Final>) {
    assertHeight({ level: 'coarse', height: options.coarseHeight, minHeight: 1, maxHeight: MAX_COARSE_HEIGHT })
    assertHeight({ level: 'fine', height: options.fineHeight, minHeight: 0, maxHeight: MAX_FINE_HEIGHT })
    this.options = options
    this.coarseHeight = options.coarseHeight
    this.fineHeight = options.fineHeight
    this.strideSteps = 2 ** options.fineHeight
    this.run = new MachineTraceRun({ ...options, faults: options.faults ?? [] })
    this.checkpoints = new CheckpointStore(options.maxCheckpointBytes ?? DEFAULT_CHECKPOINT_BYTES)
    this.startProof = this.run.startProof
    this.initialStateHash = this.run.stateHash()
  }

  /**
   * Runs up to `maxStrides` further strides of the coarse trace. Returns true when the run is complete; calling again is
   * harmless. A caller that must stay responsive calls this in slices before it asks for a tree.
   *
   * @throws {TraceTooLongError} the run has more strides than `maxCoarseLeaves`.
   */
  advance(maxStrides: number): boolean {
    for (let i = 0; i < maxStrides && this.finished === undefined; i++) this.runStride()
    return this.finished !== undefined
  }

  /** The coarse tree: leaf k is the hash of the state after `(k + 1)·2^fineHeight` steps. */
  coarseTree(): MerkleTree {
    return this.finish().tree
  }

  /** The last state, what it stands for, and the proof of it. */
  final(): Final {
    return this.finish().final
  }

  /** Steps to the first state that no later step changes: to the halt, for a run without faults. */
  numSteps(): number {
    return this.finish().numSteps
  }

  /**
   * The fine tree below coarse leaf `stride`: leaf p is the hash of the state after `stride·2^fineHeight + p + 1` steps.
   *
   * @throws {RangeError} when `stride` is not 0 to 2^coarseHeight − 1.
   * @throws {ExecutorMismatchError} the executor's state at the stride's end is not the one that the step function reaches.
   */
  fineTree(stride: number): MerkleTree {
    const { tree, final, numSteps } = this.finish()
    const start = stride * this.strideSteps
    const expected = tree.node(0, stride)
    if (start >= numSteps) {
      return new MerkleTree({ leaves: new Uint8Array(0), padding: final.stateHash, height: this.fineHeight })
    }
    const kept = this.fineTrees.get(stride)
    if (kept !== undefined) return kept
    const leaves = this.fineLeaves(start, Math.min(this.strideSteps, numSteps - start))
    const fine = new MerkleTree({ leaves, padding: final.stateHash, height: this.fineHeight })
    this.run.advanceTo(start + this.strideSteps)
    this.run.absorb()
    const isSame =
      bytesEqual(fine.node(0, this.strideSteps - 1), expected) && bytesEqual(this.run.stateHash(), expected)
    if (!isSame) throw new ExecutorMismatchError(stride)
    this.keepFineTree(stride, fine)
    return fine
  }

  /** Hash of the state before coarse leaf `stride`: what a fine tree starts from. */
  stateHashBefore(stride: number): Uint8Array {
    return stride === 0 ? this.initialStateHash : this.coarseTree().node(0, stride - 1)
  }

  /** The witness of the instruction that follows the state after `numSteps` steps (spec/07 §1). */
  witness(numSteps: number): Uint8Array {
    const settled = this.finish().numSteps
    this.run.seek(Math.min(numSteps, settled), this.checkpoints, this.strideSteps)
    this.code ??= new CodeTree(this.options.run.image)
    return recordStep(this.run.machine, { memory: this.run.tree, code: this.code })
  }

  private finish(): NonNullable<MachineTrace<Final>['finished']> {
    while (this.finished === undefined) this.runStride()
    return this.finished
  }

  private runStride(): void {
    const { run, checkpoints, options } = this
    const maxLeaves = options.maxCoarseLeaves ?? DEFAULT_COARSE_LEAVES
    const stride = this.coarseLeaves.length + 1
    if (stride > maxLeaves) throw new TraceTooLongError({ maxCoarseLeaves: maxLeaves, fineHeight: this.fineHeight })
    run.advanceTo(stride * this.strideSteps)
    const writtenPages = run.absorb()
    this.coarseLeaves.push(run.machine.registers, run.tree.root())
    checkpoints.record(stride, {
      registers: run.machine.registers,
      writtenPages,
      readPage: (page) => run.readPage(page),
    })
    if (run.isSettled || stride === 2 ** this.coarseHeight) this.close()
  }

  private close(): void {
    const final = this.options.run.readFinal(this.run.machine, this.run.tree)
    const leaves = this.coarseLeaves.toBytes()
    const tree = new MerkleTree({ leaves, padding: final.stateHash, height: this.coarseHeight })
    this.finished = { tree, final, numSteps: this.run.lastChange }
  }

  /** Hashes of the `count` states that follow the one after `start` steps; leaves the tree at the last of them. */
  private fineLeaves(start: number, count: number): Uint8Array {
    const { run } = this
    run.seek(start, this.checkpoints, this.strideSteps)
    const state = new ReplayState(run.machine, run.start)
    const hashes = new StateHashes()
    let memoryRoot = run.tree.root()
    const faults = [...run.faultsIn(start, start + count)]
    for (let n = start + 1; n <= start + count; n++) {
      step(state)
      while (faults[0]?.afterStep === n) faults.shift()?.apply(state)
      if (state.memory.changedBlocks.size > 0) {
        for (const block of state.memory.changedBlocks) run.tree.updateBlock(state.memory, block)
        state.memory.changedBlocks.clear()
        memoryRoot = run.tree.root()
      }
      hashes.push(state.registers, memoryRoot)
    }
    return hashes.toBytes()
  }

  private keepFineTree(stride: number, tree: MerkleTree): void {
    this.fineTrees.set(stride, tree)
    const [oldest] = this.fineTrees.keys()
    if (this.fineTrees.size > NUM_KEPT_FINE_TREES && oldest !== undefined) this.fineTrees.delete(oldest)
  }
}

function assertHeight(p: { level: 'coarse' | 'fine'; height: number; minHeight: number; maxHeight: number }): void {
  const { height, minHeight, maxHeight } = p
  if (!Number.isInteger(height) || height < minHeight || height > maxHeight) throw new TraceHeightError(p)
}
