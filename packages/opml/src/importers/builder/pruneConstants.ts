import type { Node, Operand } from '../../graph/node.ts'
import type { BuilderConstant } from './programBuilder.ts'

/** Nodes of one section and what they read as constants. */
export interface NodesWithConstants {
  readonly nodes: readonly Node[]
  readonly constants: readonly BuilderConstant[]
}

/** The constants that some node reads, in their order, and the nodes with the new numbers. */
export function pruneConstants({ nodes, constants }: NodesWithConstants): NodesWithConstants {
  const used = new Set(nodes.flatMap(({ operands }) => operands.flatMap(constantOf)))
  const kept = constants.flatMap((_, i) => (used.has(i) ? [i] : []))
  const numbers = new Map(kept.map((old, number) => [old, number]))
  const renumber = (operand: Operand | undefined): Operand | undefined =>
    operand?.ref.kind === 'constant'
      ? { ...operand, ref: { kind: 'constant', index: numbers.get(operand.ref.index) as number } }
      : operand
  return {
    // SAFETY: as many operands as before.
    nodes: nodes.map((node) => ({ ...node, operands: node.operands.map(renumber) as unknown as Node['operands'] })),
    constants: kept.map((old) => constants[old] as BuilderConstant),
  }
}

function constantOf(operand: Operand | undefined): number[] {
  return operand?.ref.kind === 'constant' ? [operand.ref.index] : []
}
