import { checkViewInside } from '../graph/checkViews.ts'
import { numElements } from '../graph/shape.ts'
import { epilogueSteps, integerDotSteps } from './costs.ts'
import { type Elements, newElements, storeValue } from './elements.ts'
import { INTEGER_DOT_ATTRIBUTES, IntegerDot, integerDotClass } from './integerDot.ts'
import type { Operator } from './operator.ts'
import { runMicroOps } from './runMicroOps.ts'
import { forEachIndex, operandOf, viewIndex } from './view.ts'

/** Sums of products of integers along one axis, for any arrangement of the axes of a and b. @see spec/02-program.md §6 */
export const matMulInteger: Operator = {
  name: 'MatMulInteger',
  opcode: 3,
  source: 'ONNX MatMulInteger-10, QLinearMatMul-10 and MatMul-13 on integers; c carries a bias, scales or zero points',
  meaning:
    'acc = Σ_k (a[view + k·strideA] − zeroA) · (b[view + k·strideB] − zeroB), exact modulo 2^32 or 2^64; an u32 counts as unsigned.',
  operands: [
    { use: 'required', layout: 'view', classes: ['i32'] },
    { use: 'required', layout: 'view', classes: ['i32'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
  ],
  attributes: [
    { name: 'k', type: 'u32', max: 2 ** 30, meaning: 'number of terms' },
    { name: 'strideA', type: 'i32', meaning: 'elements of a from term to term' },
    { name: 'strideB', type: 'i32', meaning: 'elements of b from term to term' },
    ...INTEGER_DOT_ATTRIBUTES,
  ],
  microOps: 'optional',
  accClass: integerDotClass,
  check: (node, operandElements) => {
    const { k, strideA, strideB } = node.attributes
    checkViewInside({ node, place: 0, elements: operandElements[0], loops: [{ extent: k, stride: strideA }] })
    checkViewInside({ node, place: 1, elements: operandElements[1], loops: [{ extent: k, stride: strideB }] })
  },
  costSteps: (node) => integerDotSteps(node, node.attributes.k) + epilogueSteps(node),
  reference: (node, operands) => {
    const [a, b] = [operandOf(node, 0), operandOf(node, 1)]
    const [elementsA, elementsB] = operands as [Elements, Elements]
    const { k, strideA, strideB } = node.attributes
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      const [startA, startB] = [viewIndex(a, coordinates), viewIndex(b, coordinates)]
      const dot = new IntegerDot(node)
      for (let i = 0; i < k; i++)
        dot.add({ a: elementsA, i: startA + i * strideA, b: elementsB, j: startB + i * strideB })
      storeValue(node.dtype, out, flat, runMicroOps(node.microOps, { node, operands, coordinates, acc: dot.total() }))
    })
    return out
  },
}
