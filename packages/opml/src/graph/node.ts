import type { Dtype } from './dtype.ts'
import type { Shape } from './shape.ts'

/** Where a previous-step operand comes from at step 0 (spec/02-program.md §4). */
export type InitialRef =
  | { readonly kind: 'zero' }
  | { readonly kind: 'constant'; readonly index: number }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'section'; readonly section: number; readonly index: number }

/** Where an operand comes from (spec/02-program.md §4). */
export type OperandRef =
  | InitialRef
  | { readonly kind: 'node'; readonly index: number }
  | { readonly kind: 'previous'; readonly index: number; readonly initial: InitialRef }

/** How an opcode reads an operand: through strides over the output index, or as a dense tensor of its own dims. */
export type OperandLayout =
  | {
      readonly kind: 'view' /** In elements, one a dimension of the output. */
      readonly strides: readonly number[]
      readonly offset: number
    }
  | { readonly kind: 'dense'; readonly dims: Shape }

/** One operand of a node. */
export interface Operand {
  readonly ref: OperandRef
  readonly dtype: Dtype
  readonly layout: OperandLayout
}

/** One scalar operation of a node's list (spec/02-program.md §5). */
export interface MicroOp {
  /** Name in the table of micro-ops. */
  readonly name: string
  /** Numbers of earlier values; `'imm'` in the second place takes {@link imm}. For `load` the operand, for `index` the dimension. */
  readonly sources: readonly (number | 'imm')[]
  /** Signed 32-bit word: the bits of an f32, an integer, or an offset in elements. */
  readonly imm: number
}

/** Operands of a node in the order a, b, c; any may be absent, the list ends with the last present one. */
export type Operands = readonly [a?: Operand | undefined, b?: Operand | undefined, c?: Operand | undefined]

/** One node `out = op(a, b, c; attributes)`, the decoded form of a 512-byte descriptor (spec/02-program.md §3). */
export interface Node {
  /** Name of the operator. */
  readonly op: string
  readonly dtype: Dtype
  readonly shape: Shape
  readonly operands: Operands
  /** Named by the operator; integers are signed or unsigned 32-bit words, floats exact f32 values. */
  readonly attributes: Readonly<Record<string, number>>
  readonly microOps: readonly MicroOp[]
}
