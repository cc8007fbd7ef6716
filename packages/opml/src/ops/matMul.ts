import { OrderedSum } from '../core/math/orderedSum.ts'
import { checkViewInside } from '../graph/checkViews.ts'
import { numElements } from '../graph/shape.ts'
import { dotSteps, epilogueSteps } from './costs.ts'
import { type Elements, loadValue, newElements, storeValue } from './elements.ts'
import type { Operator } from './operator.ts'
import { runMicroOps } from './runMicroOps.ts'
import { forEachIndex, operandOf, viewIndex } from './view.ts'

/** Sums of products along one axis in f32, for any arrangement of the axes of a and b. */
export const matMul: Operator = {
  name: 'MatMul',
  opcode: 2,
  source: 'ONNX MatMul-13, Gemm-13, Einsum-12 with two operands; c carries a bias or a residual',
  meaning:
    'acc = the ordered sum over k of a[view + k·strideA] · b[view + k·strideB]; each product and each sum is rounded to f32.',
  operands: [
    { use: 'required', layout: 'view', classes: ['f32'] },
    { use: 'required', layout: 'view', classes: ['f32'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
  ],
  attributes: [
    { name: 'k', type: 'u32', max: 2 ** 30, meaning: 'number of terms' },
    { name: 'strideA', type: 'i32', meaning: 'elements of a from term to term' },
    { name: 'strideB', type: 'i32', meaning: 'elements of b from term to term' },
  ],
  microOps: 'optional',
  accClass: () => 'f32',
  check: (node, operandElements) => {
    const { k, strideA, strideB } = node.attributes
    checkViewInside({ node, place: 0, elements: operandElements[0], loops: [{ extent: k, stride: strideA }] })
    checkViewInside({ node, place: 1, elements: operandElements[1], loops: [{ extent: k, stride: strideB }] })
  },
  costSteps: (node) => dotSteps(node, node.attributes.k) + epilogueSteps(node),
  reference: (node, operands) => {
    const [a, b] = [operandOf(node, 0), operandOf(node, 1)]
    const { k, strideA, strideB } = node.attributes
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      const [startA, startB] = [viewIndex(a, coordinates), viewIndex(b, coordinates)]
      const sum = new OrderedSum()
      for (let i = 0; i < k; i++) {
        const x = loadValue(a.dtype, operands[0] as Elements, startA + i * strideA) as number
        const y = loadValue(b.dtype, operands[1] as Elements, startB + i * strideB) as number
        sum.add(i, Math.fround(x * y))
      }
      storeValue(node.dtype, out, flat, runMicroOps(node.microOps, { node, operands, coordinates, acc: sum.total() }))
    })
    return out
  },
}
