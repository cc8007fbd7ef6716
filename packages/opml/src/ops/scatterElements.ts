import { checkViewInside } from '../graph/checkViews.ts'
import { denseStrides } from '../graph/shape.ts'
import { axisPlace, checkDims, checkDtype, denseDims, refuse } from './checkOperand.ts'
import { elementsPerBlock } from './costs.ts'
import type { Elements } from './elements.ts'
import { INDEX_DTYPES, indexAt } from './indexTensor.ts'
import { linesPerBlock, movementSteps } from './movementSteps.ts'
import type { Operator } from './operator.ts'
import { SCATTER_MODE, ScatterOutput, updateSteps } from './scatterOutput.ts'
import { forEachIndex, operandOf, viewIndex } from './view.ts'

/** a with single elements replaced or reduced along one axis. */
export const scatterElements: Operator = {
  name: 'ScatterElements',
  opcode: 15,
  source: 'ONNX ScatterElements-18',
  meaning:
    'out = view a; then, for each index q of b and c in row-major order, element c[q] meets the output element at q with the coordinate along axis replaced by b[q]. Put copies; the other modes compute in the class of the elements (f32 rounded at each update, integers wrapped) and narrow once, at the end. An index out of range is skipped.',
  operands: [
    { use: 'required', layout: 'view', classes: ['f32', 'i32', 'i64'] },
    { use: 'required', layout: 'dense', classes: ['i32', 'i64'] },
    { use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
  ],
  attributes: [{ name: 'axis', type: 'u32', max: 5, meaning: 'dimension of the output, right-aligned' }, SCATTER_MODE],
  microOps: 'none',
  check: (node, operandElements) => {
    const place = axisPlace(node, node.attributes.axis)
    checkDtype(node, 0, [node.dtype])
    checkDtype(node, 1, INDEX_DTYPES)
    checkDtype(node, 2, [node.dtype])
    checkViewInside({ node, place: 0, elements: operandElements[0] })
    const dims = denseDims(node, 1, node.shape.length)
    checkDims(node, 2, dims)
    if (dims.some((dim, axis) => axis !== place && dim > node.shape[axis])) {
      refuse(`updates of dims [${dims.join(', ')}] do not fit [${node.shape.join(', ')}].`)
    }
  },
  costSteps: (node) => {
    const rank = node.shape.length
    const place = axisPlace(node, node.attributes.axis)
    // The elements of a block that share a line of the innermost dimension are looked for together.
    const numLines = place === rank - 1 ? linesPerBlock(node) : elementsPerBlock(node)
    const numScanned = numLines * denseDims(node, 1, rank)[place]
    return movementSteps(node, 300) + numLines * 200 + numScanned * (30 + updateSteps(node))
  },
  reference: (node, [a, b, c]) => {
    const place = axisPlace(node, node.attributes.axis)
    const strides = denseStrides(node.shape)
    const starts: number[] = []
    forEachIndex(node.shape, (coordinates) => starts.push(viewIndex(operandOf(node, 0), coordinates)))
    const out = new ScatterOutput(node, { a: a as Elements, startAt: (flat) => starts[flat] })
    forEachIndex(denseDims(node, 1, node.shape.length), (coordinates, q) => {
      const index = indexAt(b as Elements, q, node.shape[place])
      if (index === undefined) return
      const flat = coordinates.reduce((sum, at, d) => sum + (d === place ? index : at) * strides[d], 0)
      out.update(flat, c as Elements, q)
    })
    return out.elements()
  },
}
