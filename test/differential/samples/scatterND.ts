import type { SeededRandom } from 'opml/core'
import { numElements } from 'opml/graph'
import { checked, denseBytes, denseOperand, pickScatterDtype, pickDim } from './movement.ts'
import { pickOne, type Sample } from './sample.ts'
import { pickSizes, pickTuples } from './tuples.ts'

/** A ScatterND with duplicates, in every mode; rows shorter and longer than a block. */
export function sampleScatterND(random: SeededRandom): Sample {
  const dtype = pickScatterDtype(random)
  const { sizes, attributes } = pickSizes(random, 6)
  const [n, inner] = [pickDim(random, 20), pickOne(random, [1, 2, 5, 32, 50, 150, pickDim(random, 9)])]
  const style = pickOne(random, ['wild', 'tame'] as const)
  const shape = [numElements(sizes), inner]
  const [a, c] = [denseOperand(0, dtype, shape), denseOperand(2, dtype, [n, inner])]
  const tuples = pickTuples(random, { count: n, sizes })
  const operands = [a, denseOperand(1, tuples.dtype, [n, sizes.length]), c] as const
  return checked({
    node: {
      op: 'ScatterND',
      dtype,
      shape,
      operands,
      attributes: { ...attributes, mode: random.below(5) },
      microOps: [],
    },
    operands: [denseBytes(random, a, style), tuples.bytes, denseBytes(random, c, style)],
  })
}
