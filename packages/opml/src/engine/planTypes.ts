import type { InitialRef } from '../graph/node.ts'
import type { Section } from '../graph/program.ts'
import type { EngineExports } from './engineModule.ts'
import type { TracePlan } from './tracePlan.ts'

/** Where a tensor lies in the memory. */
export interface Place {
  readonly address: number
  readonly bytes: number
}

/** Bytes of a constant, or what reads them: called once when the program is laid out, its result is not kept. */
export type ConstantBytes = Uint8Array | (() => Uint8Array)

/** A copy of the previous step's output of a node, for the operands that read it. */
export interface PreviousPlace {
  readonly node: number
  readonly initial: InitialRef
  readonly place: Place
}

/** The plan of one section: structs in memory that kernels/engine/plan.h describes. */
export interface SectionPlan {
  readonly section: Section
  readonly address: number
  readonly numStages: number
  readonly isShared: boolean
  /** Of a node that has no place because its chain alone reads it: address 0. */
  readonly outputs: readonly Place[]
  readonly previous: readonly PreviousPlace[]
  /** Nodes whose output outlives a step: results, and what later sections read. */
  readonly kept: readonly number[]
  /** Of a plan with one node a stage. */
  readonly trace: TracePlan | undefined
}

/** Functions that run chains, for the end of the table of every thread's instance. */
export interface StripModule {
  readonly module: WebAssembly.Module
  readonly count: number
}

/** A program laid out in a memory, alone or behind another plan of the same program. */
export interface EnginePlan {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly exports: EngineExports
  /** Undefined where all micro-ops are interpreted. */
  readonly strips: StripModule | undefined
  readonly threads: readonly { readonly stack: number; readonly scratch: number }[]
  readonly sections: readonly SectionPlan[]
  readonly inputs: readonly Place[]
  /** Undefined: read in the form that a kernel packed it in, or by nothing. */
  readonly constants: readonly (Place | undefined)[]
  /** Of each section, where each node's packed constant is; 0 where it has none. */
  readonly packed: readonly (readonly number[])[]
  /** First address behind all of it. */
  readonly end: number
}
