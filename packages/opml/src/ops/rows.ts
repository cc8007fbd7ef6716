import { dtypeInfo, type ValueClass } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { numElements, type Shape } from '../graph/shape.ts'
import { axisPlace, refuse } from './checkOperand.ts'
import { type Elements, loadValue, type Value } from './elements.ts'
import { forEachIndex, operandOf, viewIndex } from './view.ts'

/** Elements of an output that differ in one dimension alone. */
export interface Row {
  /** Output index of its first element. */
  readonly coordinates: readonly number[]
  /** Flat output index of every element. */
  readonly places: readonly number[]
}

/** Refuses an output whose class is not `expected`. @throws {InvalidProgramError} */
export function checkOutputClass(node: Node, expected: ValueClass): void {
  if (dtypeInfo(node.dtype).valueClass === expected) return
  refuse(`${node.op} gives values of class ${expected}, not ${node.dtype}.`)
}

/** Refuses an output of positions that is neither i32 nor i64. @throws {InvalidProgramError} */
export function checkPositions(node: Node): void {
  if (node.dtype === 'i32' || node.dtype === 'i64') return
  refuse(`${node.op} gives positions as i32 or i64, not ${node.dtype}.`)
}

/** A position as a value of the output's class. */
export function positionValue(node: Node, position: number): Value {
  return node.dtype === 'i64' ? BigInt(position) : position
}

/** Place in the shape of the dimension that the attribute `axis` names. @throws {InvalidProgramError} when there is none. */
export function rowAxis(node: Node): number {
  return axisPlace(node, node.attributes.axis)
}

/** Calls `visit` for every row along the dimension that the attribute `axis` names. */
export function forEachRow(node: Node, visit: (row: Row) => void): void {
  const axis = rowAxis(node)
  const length = node.shape[axis]
  if (length === 0) return
  const inner = numElements(node.shape.slice(axis + 1))
  forEachIndex(node.shape, (coordinates, flat) => {
    if (coordinates[axis] !== 0) return
    const places = Array.from({ length }, (_, position) => flat + position * inner)
    visit({ coordinates: [...coordinates], places })
  })
}

/** The row of operand a at an output index: its elements along the dimension `axis`, widened. */
export function loadRow(node: Node, operands: readonly (Elements | undefined)[], row: Row): Value[] {
  const a = operandOf(node, 0)
  const axis = rowAxis(node)
  return row.places.map((_, position) => {
    const at = row.coordinates.map((coordinate, d) => (d === axis ? position : coordinate))
    return loadValue(a.dtype, operands[0] as Elements, viewIndex(a, at))
  })
}

/** Length of the rows along `axis`, and the most rows of which one block has elements. */
export function rowsOfBlock(node: Node): { length: number; rows: number } {
  const axis = rowAxis(node)
  return rowsAlong({ shape: node.shape, axis, bytes: dtypeInfo(node.dtype).bytes })
}

function rowsAlong({ shape, axis, bytes }: { shape: Shape; axis: number; bytes: number }): {
  length: number
  rows: number
} {
  const total = numElements(shape)
  const length = shape[axis]
  if (total === 0) return { length, rows: 0 }
  const inner = numElements(shape.slice(axis + 1))
  const elements = Math.min(128 / bytes, total)
  // INVARIANT: `group` consecutive elements have `inner` rows; a block starts at a multiple of 128 / bytes.
  const group = length * inner
  const groups = group % (128 / bytes) === 0 ? 1 : Math.min(total / group, Math.floor((elements - 2) / group) + 2)
  return { length, rows: Math.min(elements, inner * groups) }
}
