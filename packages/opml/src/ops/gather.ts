import { numElements } from '../graph/shape.ts'
import { checkDims, checkDtype, denseDims, outputDims } from './checkOperand.ts'
import { copyElement } from './copyElement.ts'
import { type Elements, newElements } from './elements.ts'
import { INDEX_DTYPES, indexAt } from './indexTensor.ts'
import { movementSteps } from './movementSteps.ts'
import type { Operator } from './operator.ts'
import { forEachIndex } from './view.ts'

/** Slices of a along one axis, in the order of an index tensor. */
export const gather: Operator = {
  name: 'Gather',
  opcode: 12,
  source: 'ONNX Gather-13; Pad-18 with mode edge, reflect or wrap; rows of an embedding',
  meaning:
    'out[o, j, i] = a[o, b[j], i], copied; zero where b[j] is out of range. Dims: out (outer, n, inner), a (outer, axis, inner), b (n).',
  operands: [
    { use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
    { use: 'required', layout: 'dense', classes: ['i32', 'i64'] },
  ],
  attributes: [],
  microOps: 'none',
  check: (node) => {
    const [outer, n, inner] = outputDims(node, 3)
    checkDtype(node, 0, [node.dtype])
    checkDtype(node, 1, INDEX_DTYPES)
    checkDims(node, 0, [outer, denseDims(node, 0, 3)[1], inner])
    checkDims(node, 1, [n])
  },
  costSteps: (node) => movementSteps(node, 150),
  reference: (node, [a, b]) => {
    const axisSize = denseDims(node, 0, 3)[1]
    const inner = node.shape[2]
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, ([o, j, i], flat) => {
      const index = indexAt(b as Elements, j, axisSize)
      if (index !== undefined) copyElement(out, flat, a as Elements, (o * axisSize + index) * inner + i)
    })
    return out
  },
}
