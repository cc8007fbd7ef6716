import { checkDims, checkDtype, denseDims, outputDims } from './checkOperand.ts'
import { elementsPerBlock } from './costs.ts'
import type { Elements } from './elements.ts'
import { checkTuples, INDEX_DTYPES, TUPLE_ATTRIBUTES, tupleAt, tupleSizes } from './indexTensor.ts'
import { movementSteps } from './movementSteps.ts'
import type { Operator } from './operator.ts'
import { SCATTER_MODE, ScatterOutput, updateSteps } from './scatterOutput.ts'

/** a with rows replaced or reduced at the positions that tuples of indices name. */
export const scatterND: Operator = {
  name: 'ScatterND',
  opcode: 16,
  source: 'ONNX ScatterND-18; writing rows of a KV cache',
  meaning:
    'out = a; then, for each tuple b[j] upward, the elements of row c[j] meet those of the output row at its row-major position among dimensions of the given sizes. Modes as in ScatterElements; a tuple with a component out of range is skipped. Dims: out and a (positions, inner), b (n, components), c (n, inner).',
  operands: [
    { use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
    { use: 'required', layout: 'dense', classes: ['i32', 'i64'] },
    { use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
  ],
  attributes: [...TUPLE_ATTRIBUTES, SCATTER_MODE],
  microOps: 'none',
  check: (node) => {
    const [positions, inner] = outputDims(node, 2)
    checkDtype(node, 0, [node.dtype])
    checkDtype(node, 1, INDEX_DTYPES)
    checkDtype(node, 2, [node.dtype])
    checkDims(node, 0, [positions, inner])
    const n = denseDims(node, 2, 2)[0]
    checkDims(node, 2, [n, inner])
    checkTuples(node, { positions, dims: [n] })
  },
  costSteps: (node) => {
    const n = denseDims(node, 2, 2)[0]
    const met = node.attributes.mode === 0 ? 0 : Math.min(elementsPerBlock(node), node.shape[1])
    return movementSteps(node, 300) + n * (40 + 30 * node.attributes.numComponents + met * updateSteps(node))
  },
  reference: (node, [a, b, c]) => {
    const inner = node.shape[1]
    const sizes = tupleSizes(node)
    const out = new ScatterOutput(node, { a: a as Elements, startAt: (flat) => flat })
    for (let j = 0; j < denseDims(node, 2, 2)[0]; j++) {
      const position = tupleAt(b as Elements, j, sizes)
      if (position === undefined) continue
      for (let i = 0; i < inner; i++) out.update(position * inner + i, c as Elements, j * inner + i)
    }
    return out.elements()
  },
}
