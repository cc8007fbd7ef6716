import type { SeededRandom } from 'opml/core'
import { checked, denseBytes, denseOperand, pickDim, pickIndices } from './movement.ts'
import { pickDtype, pickOne, type Sample } from './sample.ts'

/** An Interpolate with any number of terms. */
export function sampleInterpolate(random: SeededRandom): Sample {
  const dtypes = [0, 1, 2].map(() => pickDtype(random, ['f32'])) as ['f32', 'f32', 'f32']
  const [outer, axis, n, terms, inner] = [
    pickDim(random, 3),
    pickDim(random, 9),
    pickDim(random, 9),
    pickDim(random, 8),
    pickDim(random, 20),
  ]
  const style = pickOne(random, ['wild', 'tame'] as const)
  const a = denseOperand(0, dtypes[1], [outer, axis, inner])
  const b = denseOperand(1, 'i32', [n, terms])
  const c = denseOperand(2, dtypes[2], [n, terms])
  return checked({
    node: {
      op: 'Interpolate',
      dtype: dtypes[0],
      shape: [outer, n, inner],
      operands: [a, b, c],
      attributes: {},
      microOps: [],
    },
    operands: [
      denseBytes(random, a, style),
      pickIndices(random, { dtype: 'i32', count: n * terms, size: axis }),
      denseBytes(random, c, style),
    ],
  })
}
