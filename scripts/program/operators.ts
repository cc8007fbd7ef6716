import type { OperatorRule } from 'opml/graph'

/** The operators of the generated C header and of `docs/operators.md`, by ascending opcode. */
export const OPERATORS: readonly OperatorRule[] = []
