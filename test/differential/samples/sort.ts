import type { SeededRandom } from 'opml/core'
import { pickReducedView, pickRowBytes, pickRowShape } from './rowOperand.ts'
import { pickDtype, pickInt, pickOne, type Sample } from './sample.ts'

/** A Sort of any dtype along any dimension, of short and of long rows. */
export function sampleSort(random: SeededRandom): Sample {
  const shape = pickRowShape(random, { rank: pickInt(random, 1, 4), maxLength: pickOne(random, [40, 40, 300]) })
  const dtype = pickOne(random, ['f32', pickDtype(random, ['f32']), pickDtype(random, ['i32', 'i64'])] as const)
  const { operand, elements } = pickReducedView(random, { input: 0, dtype, shape, sizes: [] })
  return {
    node: {
      op: 'Sort',
      dtype: pickOne(random, ['i32', 'i64']),
      shape,
      operands: [operand],
      attributes: { axis: 6 - pickInt(random, 1, shape.length), isDescending: random.below(2) },
      microOps: [],
    },
    operands: [pickRowBytes(random, { dtype, count: elements, isOrder: true })],
  }
}
