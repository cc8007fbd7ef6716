import { InvalidProgramError } from '../graph/errors.ts'
import type { Node } from '../graph/node.ts'
import type { Shape } from '../graph/shape.ts'

/** Dims of dense operand `place` (0 a, 1 b, 2 c). @throws {InvalidProgramError} unless it has `rank` of them. */
export function denseDims(node: Node, place: number, rank: number): Shape {
  const layout = node.operands[place]?.layout
  if (layout?.kind === 'dense' && layout.dims.length === rank) return layout.dims
  throw new InvalidProgramError({
    message: `operand ${'abc'.charAt(place)} of ${node.op} must be dense, of rank ${rank}.`,
  })
}
