import { OrderedSum } from '../core/math/orderedSum.ts'
import { checkViewInside } from '../graph/checkViews.ts'
import { exp32 } from '../core/math/exp32.ts'
import { log32 } from '../core/math/log32.ts'
import { numElements } from '../graph/shape.ts'
import { BLOCK_STEPS, elementsPerBlock } from './costs.ts'
import { newElements, storeValue } from './elements.ts'
import type { Operator } from './operator.ts'
import { checkOutputClass, forEachRow, loadRow, rowAxis, rowsOfBlock } from './rows.ts'

const { fround } = Math

/** Softmax of one row, or its logarithm. */
function softmaxRow(x: readonly number[], isLog: boolean): number[] {
  const max = x.reduce((a, b) => Math.max(a, b), -Infinity)
  const shifted = x.map((value) => fround(value - max))
  const sum = new OrderedSum()
  shifted.forEach((value, i) => sum.add(i, exp32(value)))
  const total = sum.total()
  return isLog
    ? shifted.map((value) => fround(value - log32(total)))
    : shifted.map((value) => fround(exp32(value) / total))
}

/** Softmax or its logarithm along one dimension. */
export const softmax: Operator = {
  name: 'Softmax',
  opcode: 10,
  source: 'ONNX Softmax-13, LogSoftmax-13',
  meaning:
    'Along output dimension axis, max being the f32.max of the row: exp(x − max) ÷ Σ exp(x − max), or with isLog (x − max) − log Σ exp(x − max), with the ordered sum; each operation is rounded. ' +
    'A row that holds a NaN or +∞, or nothing but −∞, becomes NaN, as the formula says.',
  operands: [{ use: 'required', layout: 'view', classes: ['f32'] }],
  attributes: [
    { name: 'axis', type: 'u32', max: 5, meaning: 'dimension of the output, right-aligned (5 is the innermost)' },
    { name: 'isLog', type: 'u32', max: 1, meaning: '1: the logarithm of the softmax' },
  ],
  microOps: 'none',
  check: (node, operandElements) => {
    rowAxis(node)
    checkOutputClass(node, 'f32')
    checkViewInside({ node, place: 0, elements: operandElements[0] })
  },
  costSteps: (node) => {
    const { length, rows } = rowsOfBlock(node)
    return BLOCK_STEPS + rows * (6_000 + 3_200 * length) + 3_000 * elementsPerBlock(node)
  },
  reference: (node, operands) => {
    const out = newElements(node.dtype, numElements(node.shape))
    forEachRow(node, (row) => {
      const y = softmaxRow(loadRow(node, operands, row) as number[], node.attributes.isLog === 1)
      y.forEach((value, position) => storeValue(node.dtype, out, row.places[position], value))
    })
    return out
  },
}
