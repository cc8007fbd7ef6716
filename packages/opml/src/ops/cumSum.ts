import { checkViewInside } from '../graph/checkViews.ts'
import { dtypeInfo, type ValueClass } from '../graph/dtype.ts'
import { numElements } from '../graph/shape.ts'
import { BLOCK_STEPS, elementsPerBlock } from './costs.ts'
import { newElements, storeValue, type Value } from './elements.ts'
import type { Operator } from './operator.ts'
import { checkOutputClass, forEachRow, loadRow, rowAxis, rowsOfBlock } from './rows.ts'
import { operandOf } from './view.ts'

function add(valueClass: ValueClass, x: Value, y: Value): Value {
  if (valueClass === 'i64') return BigInt.asIntN(64, (x as bigint) + (y as bigint))
  const sum = (x as number) + (y as number)
  return valueClass === 'f32' ? Math.fround(sum) : sum | 0
}

/** Sums of the first 1, 2, … terms; exclusive: of the first 0, 1, …. */
function runningSums(valueClass: ValueClass, terms: readonly Value[], isExclusive: boolean): Value[] {
  const sums: Value[] = []
  for (const term of terms) sums.push(sums.length === 0 ? term : add(valueClass, sums[sums.length - 1], term))
  return isExclusive ? [valueClass === 'i64' ? 0n : 0, ...sums.slice(0, -1)] : sums
}

/** Running sum along one dimension. */
export const cumSum: Operator = {
  name: 'CumSum',
  opcode: 20,
  source: 'ONNX CumSum-14',
  meaning:
    'Along output dimension axis, from position 0 upward or with isReverse from the last one downward: the first element, then the sum before + the next element, each rounded to f32 or wrapped to the class. ' +
    'With isExclusive each position has the sum of those before it, the first one 0. The output has the class of a.',
  operands: [{ use: 'required', layout: 'view', classes: ['f32', 'i32', 'i64'] }],
  attributes: [
    { name: 'axis', type: 'u32', max: 5, meaning: 'dimension of the output, right-aligned (5 is the innermost)' },
    { name: 'isExclusive', type: 'u32', max: 1, meaning: '1: without the element itself' },
    { name: 'isReverse', type: 'u32', max: 1, meaning: '1: from the last position downward' },
  ],
  microOps: 'none',
  check: (node, operandElements) => {
    rowAxis(node)
    checkOutputClass(node, dtypeInfo(operandOf(node, 0).dtype).valueClass)
    checkViewInside({ node, place: 0, elements: operandElements[0] })
  },
  costSteps: (node) => {
    const { length, rows } = rowsOfBlock(node)
    return BLOCK_STEPS + rows * (300 + 150 * length) + 400 * elementsPerBlock(node)
  },
  reference: (node, operands) => {
    const { valueClass } = dtypeInfo(operandOf(node, 0).dtype)
    const isReverse = node.attributes.isReverse === 1
    const out = newElements(node.dtype, numElements(node.shape))
    forEachRow(node, (row) => {
      const terms = loadRow(node, operands, row)
      const sums = runningSums(valueClass, isReverse ? terms.toReversed() : terms, node.attributes.isExclusive === 1)
      const inPlace = isReverse ? sums.toReversed() : sums
      inPlace.forEach((value, position) => storeValue(node.dtype, out, row.places[position], value))
    })
    return out
  },
}
