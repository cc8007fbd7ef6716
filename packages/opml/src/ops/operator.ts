import type { Node } from '../graph/node.ts'
import type { OperatorRule } from '../graph/operatorRule.ts'
import type { Elements } from './elements.ts'

/** A whole operator: its rule, where it comes from, and the reference that fixes its bits. */
export interface Operator extends OperatorRule {
  /** ONNX operators and versions that it serves, or another published source. */
  readonly source: string
  /** Exact meaning in one paragraph, for `docs/operators.md`. */
  readonly meaning: string
  /**
   * The output's elements, computed by plain loops: the readable executor that all others are held against.
   *
   * `operands` are a, b, c as stored; one that the node does not have is undefined.
   */
  readonly reference: (node: Node, operands: readonly (Elements | undefined)[]) => Elements
}
