import { numElements } from '../graph/shape.ts'
import { checkDims, checkDtype, denseDims, outputDims, refuse } from './checkOperand.ts'
import { type Elements, loadValue, newElements, storeValue } from './elements.ts'
import { indexAt } from './indexTensor.ts'
import { movementSteps } from './movementSteps.ts'
import type { Operator } from './operator.ts'
import { forEachIndex, operandOf } from './view.ts'

/** Weighted sums of slices along one axis: one axis of a resize. */
export const interpolate: Operator = {
  name: 'Interpolate',
  opcode: 19,
  source: 'ONNX Resize-19 (linear, cubic, antialias), Upsample-10, GridSample along one axis; one node an axis',
  meaning:
    'out[o, j, i] = Σ_t c[j, t] · a[o, b[j, t], i]: t upward from +0, each product and each sum rounded to f32; a slice whose index is out of range counts as +0 and takes part. Dims: out (outer, n, inner), a (outer, axis, inner), b and c (n, terms).',
  operands: [
    { use: 'required', layout: 'dense', classes: ['f32'] },
    { use: 'required', layout: 'dense', classes: ['i32'] },
    { use: 'required', layout: 'dense', classes: ['f32'] },
  ],
  attributes: [],
  microOps: 'none',
  check: (node) => {
    const [outer, n, inner] = outputDims(node, 3)
    if (!['f32', 'f16', 'bf16'].includes(node.dtype)) refuse(`Interpolate makes f32, f16 or bf16, not ${node.dtype}.`)
    checkDtype(node, 1, ['i32'])
    checkDims(node, 0, [outer, denseDims(node, 0, 3)[1], inner])
    const terms = denseDims(node, 1, 2)[1]
    checkDims(node, 1, [n, terms])
    checkDims(node, 2, [n, terms])
  },
  costSteps: (node) => movementSteps(node, 400 + 450 * denseDims(node, 1, 2)[1]),
  reference: (node, [a, b, c]) => {
    const axisSize = denseDims(node, 0, 3)[1]
    const terms = denseDims(node, 1, 2)[1]
    const inner = node.shape[2]
    const out = newElements(node.dtype, numElements(node.shape))
    const value = (place: number, elements: Elements | undefined, at: number): number =>
      loadValue(operandOf(node, place).dtype, elements as Elements, at) as number
    forEachIndex(node.shape, ([o, j, i], flat) => {
      let sum = 0
      for (let t = 0; t < terms; t++) {
        const index = indexAt(b as Elements, j * terms + t, axisSize)
        const x = index === undefined ? 0 : value(0, a, (o * axisSize + index) * inner + i)
        sum = Math.fround(sum + Math.fround(value(2, c, j * terms + t) * x))
      }
      storeValue(node.dtype, out, flat, sum)
    })
    return out
  },
}
