import type { Node, Operand } from '../graph/node.ts'
import { numElements, type Shape } from '../graph/shape.ts'

/** Calls `visit` for every index of `shape` in row-major order; `coordinates` is one array, changed between the calls. */
export function forEachIndex(shape: Shape, visit: (coordinates: readonly number[], flat: number) => void): void {
  const coordinates = new Array<number>(shape.length).fill(0)
  const count = numElements(shape)
  for (let flat = 0; flat < count; flat++) {
    visit(coordinates, flat)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      coordinates[axis] += 1
      if (coordinates[axis] < shape[axis]) break
      coordinates[axis] = 0
    }
  }
}

/** Element of a view operand at an output index. */
export function viewIndex(operand: Operand, coordinates: readonly number[]): number {
  if (operand.layout.kind !== 'view') throw new TypeError('Only views are read through strides.')
  const { strides, offset } = operand.layout
  return coordinates.reduce((sum, coordinate, axis) => sum + coordinate * strides[axis], offset)
}

/** Operand 0, 1 or 2 of a node that has it. */
export function operandOf(node: Node, which: number): Operand {
  const operand = node.operands[which]
  if (operand === undefined) throw new TypeError(`${node.op} has no operand ${'abc'[which]}.`)
  return operand
}
