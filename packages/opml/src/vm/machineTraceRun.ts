import type { CheckpointStore } from './checkpointStore.ts'
import { type Machine, type MachineStart, PAGE_BYTES } from './machine.ts'
import type { TraceFault } from './machineTraceFault.ts'
import { MemoryTree } from './memoryTree.ts'
import { readSegments } from './memoryTreeSegments.ts'
import { stateHash } from './stateHash.ts'
import type { TracedRun } from './tracedRun.ts'

/** What a run is of. */
export interface MachineTraceRunOptions {
  readonly run: TracedRun
  readonly createMachine: (start: MachineStart) => Machine
  readonly faults: readonly TraceFault[]
}

/**
 * A machine at a known step of its run, with the Merkle tree of its memory; it can go forward, and back to a checkpoint.
 */
export class MachineTraceRun {
  readonly machine: Machine
  readonly tree: MemoryTree
  /** Steps made from the start. */
  step = 0
  /** The state after this many steps is the last that differs from the one before it, as far as the run has come. */
  lastChange = 0
  /** Proof of the first state, if its kind of run has one. */
  readonly startProof: Uint8Array
  private readonly options: MachineTraceRunOptions
  private readonly initialRegisters: Uint32Array
  private readonly faults: readonly TraceFault[]
  /** Pages that may differ from their initial content. */
  private readonly touchedPages = new Set<number>()

  constructor(options: MachineTraceRunOptions) {
    const { start, registers, startProof } = options.run
    this.options = options
    this.tree = new MemoryTree(start.segments)
    this.startProof = startProof(this.tree)
    this.machine = options.createMachine(start)
    for (const { register, value } of registers) this.machine.registers[register] = value
    this.initialRegisters = this.machine.registers.slice()
    this.faults = [...options.faults].sort((a, b) => a.afterStep - b.afterStep)
    this.absorb()
  }

  /** True when no later step changes the state: halted, and no fault to come. */
  get isSettled(): boolean {
    return this.machine.isHalted && this.faultsIn(this.step, Number.POSITIVE_INFINITY).length === 0
  }

  /** The faults whose false state is the one after more than `after` and at most `upTo` steps, in order. */
  faultsIn(after: number, upTo: number): readonly TraceFault[] {
    return this.faults.filter((fault) => fault.afterStep > after && fault.afterStep <= upTo)
  }

  /** Goes forward to the state after `step` steps, faults included. The tree lags until {@link absorb}. */
  advanceTo(step: number): void {
    for (const fault of this.faultsIn(this.step, step)) {
      this.runTo(fault.afterStep)
      fault.apply(this.machine)
      this.lastChange = Math.max(this.lastChange, fault.afterStep)
    }
    this.runTo(step)
  }

  private runTo(step: number): void {
    const numSteps = this.machine.run(step - this.step)
    if (numSteps > 0) this.lastChange = Math.max(this.lastChange, this.step + numSteps)
    this.step = step
  }

  /** Brings the tree up to the machine's memory. Returns the pages written since the last call, ascending. */
  absorb(): Uint32Array {
    const pages = this.machine.memory.takeDirtyPages()
    for (const page of pages) this.touchedPages.add(page)
    this.tree.updatePages(this.machine.memory, pages)
    return pages
  }

  /** The hash of the present state, 32 bytes; the tree must be up to date. */
  stateHash(): Uint8Array {
    return stateHash(this.machine.registers, this.tree.root())
  }

  /** Content of a page, as a checkpoint keeps it. */
  readPage(page: number): Uint8Array {
    return this.machine.memory.read(page * PAGE_BYTES, PAGE_BYTES)
  }

  /** Goes to the state after `step` steps, back from a checkpoint where needed; the tree is up to date afterwards. */
  seek(step: number, checkpoints: CheckpointStore, strideSteps: number): void {
    const index = checkpoints.indexBefore(Math.floor(step / strideSteps))
    const checkpointStep = checkpoints.strideOf(index) * strideSteps
    if (this.step > step || this.step < checkpointStep) {
      this.restore(checkpoints, index)
      this.step = checkpointStep
    }
    this.advanceTo(step)
    this.absorb()
  }

  private restore(checkpoints: CheckpointStore, index: number): void {
    const { memory, registers } = this.machine
    this.absorb()
    for (const page of new Set([...this.touchedPages, ...checkpoints.pages()])) {
      const wanted = checkpoints.pageAt(page, index) ?? this.initialPage(page)
      if (!isSamePage(this.readPage(page), wanted)) memory.write(page * PAGE_BYTES, wanted)
    }
    registers.set(checkpoints.registersAt(index) ?? this.initialRegisters)
  }

  private initialPage(page: number): Uint8Array {
    return readSegments(this.start.segments, page * PAGE_BYTES, PAGE_BYTES)
  }

  /** What the run starts from. */
  get start(): MachineStart {
    return this.options.run.start
  }
}

function isSamePage(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < PAGE_BYTES; i++) if (a[i] !== b[i]) return false
  return true
}
