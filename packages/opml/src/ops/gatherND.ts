import { numElements } from '../graph/shape.ts'
import { checkDims, checkDtype, denseDims, outputDims } from './checkOperand.ts'
import { copyElement } from './copyElement.ts'
import { type Elements, newElements } from './elements.ts'
import { checkTuples, INDEX_DTYPES, TUPLE_ATTRIBUTES, tupleAt, tupleSizes } from './indexTensor.ts'
import { movementSteps } from './movementSteps.ts'
import type { Operator } from './operator.ts'
import { forEachIndex } from './view.ts'

/** Slices of a at the positions that tuples of indices name. */
export const gatherND: Operator = {
  name: 'GatherND',
  opcode: 14,
  source: 'ONNX GatherND-13',
  meaning:
    'out[o, j, i] = a[o, p, i], copied, where p is the row-major position of the tuple b[o, j] among dimensions of the given sizes; zero where a component is out of range. Dims: out (batch, n, inner), a (batch, positions, inner), b (batch, n, components).',
  operands: [
    { use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
    { use: 'required', layout: 'dense', classes: ['i32', 'i64'] },
  ],
  attributes: TUPLE_ATTRIBUTES,
  microOps: 'none',
  check: (node) => {
    const [batch, n, inner] = outputDims(node, 3)
    checkDtype(node, 0, [node.dtype])
    checkDtype(node, 1, INDEX_DTYPES)
    const positions = denseDims(node, 0, 3)[1]
    checkDims(node, 0, [batch, positions, inner])
    checkTuples(node, { positions, dims: [batch, n] })
  },
  costSteps: (node) => movementSteps(node, 150 + 40 * node.attributes.numComponents),
  reference: (node, [a, b]) => {
    const [, n, inner] = node.shape
    const positions = denseDims(node, 0, 3)[1]
    const sizes = tupleSizes(node)
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, ([o, j, i], flat) => {
      const position = tupleAt(b as Elements, o * n + j, sizes)
      if (position !== undefined) copyElement(out, flat, a as Elements, (o * positions + position) * inner + i)
    })
    return out
  },
}
