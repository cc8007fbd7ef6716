import { dtypeInfo } from '../graph/dtype.ts'
import type { AttributeRule } from '../graph/operatorRule.ts'
import { denseStrides, MAX_RANK, numElements } from '../graph/shape.ts'
import { checkDtype, denseDims, refuse } from './checkOperand.ts'
import { copyElement } from './copyElement.ts'
import { newElements, type Elements } from './elements.ts'
import { movementSteps } from './movementSteps.ts'
import type { Operator } from './operator.ts'
import { forEachIndex } from './view.ts'

const BEGINS = Array.from({ length: MAX_RANK }, (_, d): AttributeRule => {
  return {
    name: `begin${d}`,
    type: 'i32',
    meaning: `output coordinate of a's first element in dimension ${d}, right-aligned`,
  }
})

/** A tensor inside a constant border, or cropped. */
export const pad: Operator = {
  name: 'Pad',
  opcode: 18,
  source: 'ONNX Pad-18 with mode constant',
  meaning:
    'out[x] = a[x − begin], copied, where that lies inside a; elsewhere the low bytes of valueLow, valueHigh (little-endian), as many as the dtype has. Out and a have the same rank.',
  operands: [{ use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] }],
  attributes: [
    ...BEGINS,
    { name: 'valueLow', type: 'u32', meaning: 'bits of the border element' },
    { name: 'valueHigh', type: 'u32', meaning: 'its upper 32 bits; 0 for elements of 4 bytes or less' },
  ],
  microOps: 'none',
  check: (node) => {
    const rank = node.shape.length
    checkDtype(node, 0, [node.dtype])
    denseDims(node, 0, rank)
    for (let d = 0; d < MAX_RANK - rank; d++) {
      if (node.attributes[`begin${d}`] !== 0) refuse(`begin${d} must be 0, the output has rank ${rank}.`)
    }
    const { valueLow, valueHigh } = node.attributes
    const { bytes } = dtypeInfo(node.dtype)
    const fits = bytes === 8 || (valueHigh === 0 && valueLow < 2 ** (8 * bytes))
    if (!fits) refuse(`the border element 0x${valueHigh.toString(16)}, 0x${valueLow.toString(16)} is no ${node.dtype}.`)
  },
  costSteps: (node) => movementSteps(node, 200),
  reference: (node, [a]) => {
    const dims = denseDims(node, 0, node.shape.length)
    const strides = denseStrides(dims)
    const begin = dims.map((_, d) => node.attributes[`begin${MAX_RANK - dims.length + d}`])
    const border = new Uint32Array([node.attributes.valueLow, node.attributes.valueHigh])
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      const inside = coordinates.map((coordinate, d) => coordinate - begin[d])
      const isInside = inside.every((coordinate, d) => coordinate >= 0 && coordinate < dims[d])
      if (isInside)
        copyElement(
          out,
          flat,
          a as Elements,
          inside.reduce((sum, at, d) => sum + at * strides[d], 0),
        )
      else copyElement(out, flat, border, 0)
    })
    return out
  },
}
