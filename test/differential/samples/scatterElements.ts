import type { SeededRandom } from 'opml/core'
import { numElements } from 'opml/graph'
import { checked, denseBytes, denseOperand, pickScatterDtype, pickDim, pickIndices } from './movement.ts'
import { pickBytes, pickInt, pickOne, pickShape, pickView, type Sample } from './sample.ts'

/** A ScatterElements along any dimension, with fewer or more updates than elements, in every mode. */
export function sampleScatterElements(random: SeededRandom): Sample {
  const [dtype, indexDtype] = [pickScatterDtype(random), pickOne(random, ['i32', 'i64'] as const)]
  const shape = pickShape(random, pickInt(random, 1, 6))
  if (random.below(4) === 0) shape[shape.length - 1] = pickInt(random, 30, 150)
  const place = random.below(3) === 0 ? shape.length - 1 : random.below(shape.length)
  const dims = shape.map((dim, axis) =>
    axis === place ? pickDim(random, 12) : pickInt(random, random.below(10) === 0 ? 0 : 1, dim),
  )
  const style = pickOne(random, ['wild', 'tame'] as const)
  const a = pickView(random, { input: 0, dtype, shape })
  const c = denseOperand(2, dtype, dims)
  const attributes = { axis: 6 - shape.length + place, mode: random.below(5) }
  const operands = [a.operand, denseOperand(1, indexDtype, dims), c] as const
  return checked({
    node: { op: 'ScatterElements', dtype, shape, operands, attributes, microOps: [] },
    operands: [
      pickBytes(random, { dtype, count: a.elements, style }),
      pickIndices(random, { dtype: indexDtype, count: numElements(dims), size: shape[place] as number }),
      denseBytes(random, c, style),
    ],
  })
}
