import { checkViewInside } from '../graph/checkViews.ts'
import { dtypeInfo } from '../graph/dtype.ts'
import { numElements } from '../graph/shape.ts'
import { BLOCK_STEPS, elementsPerBlock } from './costs.ts'
import { newElements, storeValue, type Value } from './elements.ts'
import type { Operator } from './operator.ts'
import { checkPositions, forEachRow, loadRow, positionValue, rowAxis, rowsOfBlock } from './rows.ts'
import { operandOf } from './view.ts'

/** Negative if `x` comes before `y` in ascending order, 0 if they are equal. */
function compareAscending(x: Value, y: Value): number {
  const [isXNan, isYNan] = [Number.isNaN(x), Number.isNaN(y)]
  if (isXNan || isYNan) return Number(isXNan) - Number(isYNan)
  return x < y ? -1 : Number(x > y)
}

/** Rows of at most this length are sorted whole, for longer ones only what the block needs. */
const WHOLE_ROW = 32

/** Stable order along one dimension. */
export const sort: Operator = {
  name: 'Sort',
  opcode: 21,
  source: 'ONNX TopK-11, of which it is the indices (the values are gathered), Unique-11 in part',
  meaning:
    'Along output dimension axis: at position p the position of the element of a that is at p in ascending or, with isDescending, descending order. Equal elements keep their order either way; −0 equals +0; NaN is above everything and equals NaN. ' +
    'Elements are compared as the numbers that their dtype holds. The output is i32 or i64. A block costs a fixed number of passes over its rows, and memory that does not depend on their length.',
  operands: [{ use: 'required', layout: 'view', classes: ['f32', 'i32', 'i64'] }],
  attributes: [
    { name: 'axis', type: 'u32', max: 5, meaning: 'dimension of the output, right-aligned (5 is the innermost)' },
    { name: 'isDescending', type: 'u32', max: 1, meaning: '1: from the greatest to the least' },
  ],
  microOps: 'none',
  check: (node, operandElements) => {
    rowAxis(node)
    checkPositions(node)
    checkViewInside({ node, place: 0, elements: operandElements[0] })
  },
  costSteps: (node) => {
    const { length, rows } = rowsOfBlock(node)
    const passes = dtypeInfo(operandOf(node, 0).dtype).valueClass === 'i64' ? 8 : 4
    const perRow =
      length <= WHOLE_ROW ? length * (120 + 10 * length) : passes * (5_000 + 150 * length) + 150 * length + 10_000
    return BLOCK_STEPS + rows * (500 + perRow) + 200 * elementsPerBlock(node)
  },
  reference: (node, operands) => {
    const { dtype } = operandOf(node, 0)
    const sign = node.attributes.isDescending === 1 ? -1 : 1
    const out = newElements(node.dtype, numElements(node.shape))
    const exact = (value: Value): Value => {
      if (dtype === 'u32') return (value as number) >>> 0
      return dtype === 'u64' ? BigInt.asUintN(64, value as bigint) : value
    }
    forEachRow(node, (row) => {
      const x = loadRow(node, operands, row).map(exact)
      const order = x.map((_, position) => position).toSorted((i, j) => sign * compareAscending(x[i], x[j]) || i - j)
      order.forEach((position, place) => storeValue(node.dtype, out, row.places[place], positionValue(node, position)))
    })
    return out
  },
}
