import type { Dtype } from './dtype.ts'
import type { Node } from './node.ts'
import type { Shape } from './shape.ts'

/** A straight list of nodes run for a fixed number of step positions (spec/02-program.md §1). */
export interface Section {
  readonly nodes: readonly Node[]
  /** At least 1. */
  readonly steps: number
  /** Number of the node whose first word, if not zero, halts the section after that step. */
  readonly haltNode?: number
}

/** What the program knows of a constant or an input; the bytes are elsewhere. */
export interface TensorType {
  /** For people; not committed. */
  readonly name: string
  readonly dtype: Dtype
  readonly shape: Shape
}

/** A node whose output at its section's last position is a result. */
export interface ProgramOutput extends TensorType {
  readonly section: number
  readonly node: number
}

/** A whole program (spec/02-program.md §1). */
export interface Program {
  readonly sections: readonly Section[]
  readonly constants: readonly TensorType[]
  readonly inputs: readonly TensorType[]
  readonly outputs: readonly ProgramOutput[]
}
