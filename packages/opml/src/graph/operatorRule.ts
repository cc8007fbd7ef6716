import type { ValueClass } from './dtype.ts'
import type { Node } from './node.ts'

/** One attribute word of an operator's descriptors. */
export interface AttributeRule {
  readonly name: string
  readonly type: 'u32' | 'i32' | 'f32'
  /** Inclusive. f32 attributes must be finite unless a bound here is infinite; they are never NaN. */
  readonly min?: number
  readonly max?: number
  readonly meaning: string
}

/** How an operator takes one of its operands; `epilogue` operands are views that only micro-ops load, and may be absent. */
export interface OperandRule {
  readonly use: 'required' | 'optional' | 'epilogue'
  readonly layout: 'view' | 'dense'
  readonly classes: readonly ValueClass[]
}

/** What descriptor, verifier and text form need to know of an operator; `ops/` implements it. */
export interface OperatorRule {
  /** ONNX name where ONNX has the operator. */
  readonly name: string
  /** Number in descriptors; never reused. */
  readonly opcode: number
  /** Rules of a, b and c; an operand without a rule must be absent. */
  readonly operands: readonly [a?: OperandRule | undefined, b?: OperandRule | undefined, c?: OperandRule | undefined]
  /** In the order of their words, from word 58 on. */
  readonly attributes: readonly AttributeRule[]
  /** Whether nodes carry an epilogue (the last list). Operators with an attribute `numPreOps` may have pre-ops before it. */
  readonly microOps: 'none' | 'required' | 'optional'
  /** Class of the `acc` of the first list: of the element where there can be pre-ops, else of the accumulator. Absent: no `acc`. */
  readonly accClass?: (node: Node) => ValueClass
  /**
   * For operators with pre-ops: class of the `acc` of the epilogue, given that of the elements after the pre-ops; the same unless given.
   *
   * @throws {InvalidProgramError} when the operator does not accumulate that class.
   */
  readonly accumulatorClass?: (node: Node, elementClass: ValueClass) => ValueClass
  /** Checks what the general rules do not: relations of shapes and attributes, reads in bounds. @throws {InvalidProgramError} */
  readonly check: (node: Node, operandElements: readonly (number | undefined)[]) => void
  /** Most RV32IM steps of the released guest for one block of this node. */
  readonly costSteps: (node: Node) => number
}

/** Operators by name and by number. */
export interface OperatorTable {
  readonly named: (name: string) => OperatorRule | undefined
  readonly ofOpcode: (opcode: number) => OperatorRule | undefined
}
