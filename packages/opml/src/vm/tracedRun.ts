import type { Machine, MachineStart } from './machine.ts'
import type { MemoryTree } from './memoryTree.ts'

/** What the last state of a run stands for. */
export interface RunFinal {
  readonly stateHash: Uint8Array
  /** 32 bytes: what a claim about the run says (spec/06 §1). */
  readonly outcome: Uint8Array
  /** Packed proof of state and outcome. */
  readonly proof: Uint8Array
}

/** A run as its trace sees it: how it starts, and what it comes to. */
export interface TracedRun<Final extends RunFinal = RunFinal> {
  readonly start: MachineStart
  /** The image whose code root the contract knows: what is loaded before inputs are put in (spec/07 §1). */
  readonly image: Pick<MachineStart, 'segments' | 'codeEnd'>
  /** Registers that are not 0 at the start, besides pc. */
  readonly registers: readonly { readonly register: number; readonly value: number }[]
  /** Packed proof of the first state from what the contract knows; empty where it knows the state's hash. */
  readonly startProof: (tree: MemoryTree) => Uint8Array
  /** Reads the last state; the tree is up to date with the machine. */
  readonly readFinal: (machine: Machine, tree: MemoryTree) => Final
}
