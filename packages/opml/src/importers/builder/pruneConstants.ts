import type { Node, Operand, OperandRef } from '../../graph/node.ts'
import type { Program } from '../../graph/program.ts'
import type { BuilderConstant } from './programBuilder.ts'

/** A program of operands that are no previous values, without the constants that no node reads. */
export function pruneConstants(
  program: Program,
  constants: readonly BuilderConstant[],
): { readonly program: Program; readonly constants: readonly BuilderConstant[] } {
  const numbers = new Map<number, number>()
  const moved = (operand: Operand | undefined): Operand | undefined => {
    if (operand?.ref.kind !== 'constant') return operand
    const { index } = operand.ref
    if (!numbers.has(index)) numbers.set(index, numbers.size)
    const ref: OperandRef = { kind: 'constant', index: numbers.get(index) as number }
    return { ...operand, ref }
  }
  const sections = program.sections.map((section) => ({
    ...section,
    nodes: section.nodes.map((node) => ({ ...node, operands: node.operands.map(moved) as unknown as Node['operands'] })),
  }))
  const kept = [...numbers.keys()].map((index) => constants[index])
  return {
    program: { ...program, sections, constants: kept.map(({ name, dtype, shape }) => ({ name, dtype, shape })) },
    constants: kept,
  }
}
