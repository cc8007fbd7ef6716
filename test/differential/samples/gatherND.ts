import type { SeededRandom } from 'opml/core'
import { numElements } from 'opml/graph'
import { checked, denseBytes, denseOperand, pickAnyDtype, pickDim } from './movement.ts'
import type { Sample } from './sample.ts'
import { pickSizes, pickTuples } from './tuples.ts'

/** A GatherND with tuples of one to five components. */
export function sampleGatherND(random: SeededRandom): Sample {
  const dtype = pickAnyDtype(random)
  const { sizes, attributes } = pickSizes(random, 6)
  const [batch, n, inner] = [pickDim(random, 3), pickDim(random, 9), pickDim(random, 40)]
  const a = denseOperand(0, dtype, [batch, numElements(sizes), inner])
  const tuples = pickTuples(random, { count: batch * n, sizes })
  const operands = [a, denseOperand(1, tuples.dtype, [batch, n, sizes.length])] as const
  return checked({
    node: { op: 'GatherND', dtype, shape: [batch, n, inner], operands, attributes, microOps: [] },
    operands: [denseBytes(random, a), tuples.bytes],
  })
}
