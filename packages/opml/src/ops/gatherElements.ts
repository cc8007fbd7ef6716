import { checkViewInside } from '../graph/checkViews.ts'
import { numElements } from '../graph/shape.ts'
import { axisPlace, checkDtype } from './checkOperand.ts'
import { copyElement } from './copyElement.ts'
import { type Elements, newElements } from './elements.ts'
import { INDEX_DTYPES, indexAt } from './indexTensor.ts'
import { movementSteps } from './movementSteps.ts'
import type { Operator } from './operator.ts'
import { forEachIndex, operandOf, viewIndex } from './view.ts'

/** One element of a for each index, along one axis. */
export const gatherElements: Operator = {
  name: 'GatherElements',
  opcode: 13,
  source: 'ONNX GatherElements-13',
  meaning:
    'Each output element is the one of a, copied, at its own coordinates but for dimension axis, where the coordinate is b[view]; zero where that is not in 0 … axisSize − 1.',
  operands: [
    { use: 'required', layout: 'view', classes: ['f32', 'i32', 'i64'] },
    { use: 'required', layout: 'view', classes: ['i32', 'i64'] },
  ],
  attributes: [
    { name: 'axis', type: 'u32', max: 5, meaning: 'dimension of the output, right-aligned' },
    { name: 'axisSize', type: 'u32', max: 2 ** 30, meaning: 'coordinates that a has along axis' },
  ],
  microOps: 'none',
  check: (node, operandElements) => {
    const place = axisPlace(node, node.attributes.axis)
    checkDtype(node, 0, [node.dtype])
    checkDtype(node, 1, INDEX_DTYPES)
    checkViewInside({ node, place: 1, elements: operandElements[1] })
    if (numElements(node.shape) === 0) return
    const shape = node.shape.map((dim, axis) => (axis === place ? node.attributes.axisSize : dim))
    checkViewInside({ node: { ...node, shape }, place: 0, elements: operandElements[0] })
  },
  costSteps: (node) => movementSteps(node, 300),
  reference: (node, [a, b]) => {
    const { axis, axisSize } = node.attributes
    const place = axisPlace(node, axis)
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      const index = indexAt(b as Elements, viewIndex(operandOf(node, 1), coordinates), axisSize)
      if (index === undefined) return
      const source = coordinates.map((coordinate, d) => (d === place ? index : coordinate))
      copyElement(out, flat, a as Elements, viewIndex(operandOf(node, 0), source))
    })
    return out
  },
}
