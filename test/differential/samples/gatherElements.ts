import type { SeededRandom } from 'opml/core'
import { checked, pickAnyDtype, pickDim, pickIndices } from './movement.ts'
import { pickBytes, pickInt, pickOne, pickShape, pickView, type Sample } from './sample.ts'

/** A GatherElements over random views, along any dimension. */
export function sampleGatherElements(random: SeededRandom): Sample {
  const [dtype, indexDtype] = [pickAnyDtype(random), pickOne(random, ['i32', 'i64'] as const)]
  const shape = pickShape(random, pickInt(random, 1, 6))
  const place = random.below(shape.length)
  const axisSize = pickDim(random, 12)
  const source = shape.map((dim, axis) => (axis === place ? Math.max(1, axisSize) : dim))
  if (random.below(15) === 0) shape[random.below(shape.length)] = 0
  const a = pickView(random, { input: 0, dtype, shape: source })
  const b = pickView(random, { input: 1, dtype: indexDtype, shape: shape.map((dim) => Math.max(1, dim)) })
  const attributes = { axis: 6 - shape.length + place, axisSize }
  return checked({
    node: { op: 'GatherElements', dtype, shape, operands: [a.operand, b.operand], attributes, microOps: [] },
    operands: [
      pickBytes(random, { dtype, count: a.elements }),
      pickIndices(random, { dtype: indexDtype, count: b.elements, size: axisSize }),
    ],
  })
}
