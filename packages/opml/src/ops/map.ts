import { numElements } from '../graph/shape.ts'
import { epilogueSteps } from './costs.ts'
import { newElements, storeValue } from './elements.ts'
import type { Operator } from './operator.ts'
import { runMicroOps } from './runMicroOps.ts'
import { forEachIndex } from './view.ts'

/** Element-wise work of any kind: the micro-ops on views of up to three operands. @see spec/02-program.md §5 */
export const map: Operator = {
  name: 'Map',
  opcode: 1,
  source: 'every element-wise ONNX operator, Cast, Expand, Transpose, Slice, Range, OneHot and their chains',
  meaning:
    'Each output element is the last value of the micro-ops, which load a, b and c through views of the output index.',
  operands: [
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
  ],
  attributes: [],
  microOps: 'required',
  check: () => {},
  costSteps: epilogueSteps,
  reference: (node, operands) => {
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      storeValue(node.dtype, out, flat, runMicroOps(node.microOps, { node, operands, coordinates }))
    })
    return out
  },
}
