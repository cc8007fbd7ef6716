import type { Dtype } from '../graph/dtype.ts'
import { InvalidProgramError } from '../graph/errors.ts'
import type { Node } from '../graph/node.ts'
import type { Shape } from '../graph/shape.ts'
import { operandOf } from './view.ts'

/** Refuses a node. @throws {InvalidProgramError} always. */
export function refuse(message: string): never {
  throw new InvalidProgramError({ message })
}

/** Checks that operand `place` (0 a, 1 b, 2 c) has one of the dtypes. @throws {InvalidProgramError} */
export function checkDtype(node: Node, place: number, dtypes: readonly Dtype[]): void {
  const { dtype } = operandOf(node, place)
  if (!dtypes.includes(dtype)) refuse(`operand ${'abc'.charAt(place)} is ${dtype}, it must be ${dtypes.join(' or ')}.`)
}

/** The output's dims. @throws {InvalidProgramError} when they are not `rank` in number. */
export function outputDims(node: Node, rank: number): Shape {
  if (node.shape.length !== rank) refuse(`the output has rank ${node.shape.length}, ${node.op} needs ${rank}.`)
  return node.shape
}

/** Dims of a dense operand. @throws {InvalidProgramError} when they are not `rank` in number. */
export function denseDims(node: Node, place: number, rank: number): Shape {
  const { layout } = operandOf(node, place)
  if (layout.kind !== 'dense') throw new TypeError('Only dense operands have dims.')
  if (layout.dims.length !== rank) refuse(`operand ${'abc'.charAt(place)} has rank ${layout.dims.length}, not ${rank}.`)
  return layout.dims
}

/** Checks the dims of a dense operand. @throws {InvalidProgramError} */
export function checkDims(node: Node, place: number, expected: Shape): void {
  const actual = denseDims(node, place, expected.length)
  if (actual.every((dim, axis) => dim === expected[axis])) return
  refuse(`operand ${'abc'.charAt(place)} is [${actual.join(', ')}], it must be [${expected.join(', ')}].`)
}

/**
 * Place in the output's shape of a dimension number, which counts as right-aligned, 0 to 5.
 *
 * @throws {InvalidProgramError} when the output has no such dimension.
 */
export function axisPlace(node: Node, axis: number): number {
  const place = axis - (6 - node.shape.length)
  if (!(place >= 0 && axis < 6)) refuse(`the output of rank ${node.shape.length} has no dimension ${axis}.`)
  return place
}
