import type { SeededRandom } from 'opml/core'
import { checked, denseBytes, denseOperand, pickAnyDtype, pickDim, pickIndices } from './movement.ts'
import { pickOne, type Sample } from './sample.ts'

/** A Gather of slices of any size. */
export function sampleGather(random: SeededRandom): Sample {
  const [dtype, indexDtype] = [pickAnyDtype(random), pickOne(random, ['i32', 'i64'] as const)]
  const [outer, axis, n, inner] = [pickDim(random, 4), pickDim(random, 9), pickDim(random, 9), pickDim(random, 40)]
  const a = denseOperand(0, dtype, [outer, axis, inner])
  const node = { op: 'Gather', dtype, shape: [outer, n, inner], attributes: {}, microOps: [] }
  return checked({
    node: { ...node, operands: [a, denseOperand(1, indexDtype, [n])] },
    operands: [denseBytes(random, a), pickIndices(random, { dtype: indexDtype, count: n, size: axis })],
  })
}
