import { numElements } from '../graph/shape.ts'
import { checkDims, checkDtype, denseDims, outputDims, refuse } from './checkOperand.ts'
import { copyElement } from './copyElement.ts'
import { type Elements, newElements } from './elements.ts'
import { movementSteps } from './movementSteps.ts'
import type { Operator } from './operator.ts'

/** Two or three tensors, one after the other along one axis. */
export const concat: Operator = {
  name: 'Concat',
  opcode: 17,
  source: 'ONNX Concat-13, three operands at a time',
  meaning:
    'The slices of a, then those of b, then those of c, along the middle dimension, copied. Dims (outer, axis, inner) each.',
  operands: [
    { use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
    { use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
    { use: 'optional', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
  ],
  attributes: [],
  microOps: 'none',
  check: (node) => {
    const [outer, axisSize, inner] = outputDims(node, 3)
    let sum = 0
    for (const [place, operand] of node.operands.entries()) {
      if (operand === undefined) continue
      checkDtype(node, place, [node.dtype])
      const size = denseDims(node, place, 3)[1]
      checkDims(node, place, [outer, size, inner])
      sum += size
    }
    if (sum !== axisSize) refuse(`the operands have ${sum} slices, the output ${axisSize}.`)
  },
  costSteps: (node) => movementSteps(node, 150),
  reference: (node, operands) => {
    const [outer, axisSize, inner] = node.shape
    const out = newElements(node.dtype, numElements(node.shape))
    let first = 0
    for (const [place, operand] of node.operands.entries()) {
      if (operand === undefined) continue
      const size = denseDims(node, place, 3)[1]
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < size * inner; i++) {
          copyElement(out, (o * axisSize + first) * inner + i, operands[place] as Elements, o * size * inner + i)
        }
      }
      first += size
    }
    return out
  },
}
