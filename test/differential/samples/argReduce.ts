import type { SeededRandom } from 'opml/core'
import { pickReducedView, pickRowBytes, pickRowShape } from './rowOperand.ts'
import { pickDtype, pickInt, pickOne, type Sample } from './sample.ts'

/** An ArgReduce over any dtype. */
export function sampleArgReduce(random: SeededRandom): Sample {
  const shape = pickRowShape(random, { rank: random.below(5), maxLength: 40 })
  const size = pickInt(random, 1, pickOne(random, [1, 4, 60]))
  const dtype = pickOne(random, ['f32', pickDtype(random, ['f32']), pickDtype(random, ['i32', 'i64'])] as const)
  const { operand, elements, strides } = pickReducedView(random, { input: 0, dtype, shape, sizes: [size] })
  return {
    node: {
      op: 'ArgReduce',
      dtype: pickOne(random, ['i32', 'i64']),
      shape,
      operands: [operand],
      attributes: { mode: random.below(2), isLast: random.below(2), size, stride: strides[0] },
      microOps: [],
    },
    operands: [pickRowBytes(random, { dtype, count: elements, isOrder: true })],
  }
}
