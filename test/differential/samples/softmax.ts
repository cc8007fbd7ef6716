import type { SeededRandom } from 'opml/core'
import { pickReducedView, pickRowBytes, pickRowShape } from './rowOperand.ts'
import { pickInt, pickOne, type Sample } from './sample.ts'

/** A Softmax or its logarithm along any dimension. */
export function sampleSoftmax(random: SeededRandom): Sample {
  const shape = pickRowShape(random, { rank: pickInt(random, 1, 5), maxLength: 70 })
  const dtype = pickOne(random, ['f32', 'f32', 'f16', 'bf16'] as const)
  const { operand, elements } = pickReducedView(random, { input: 0, dtype, shape, sizes: [] })
  return {
    node: {
      op: 'Softmax',
      dtype: pickOne(random, ['f32', 'f32', 'f16', 'bf16']),
      shape,
      operands: [operand],
      attributes: { axis: 6 - pickInt(random, 1, shape.length), isLog: random.below(2) },
      microOps: [],
    },
    operands: [pickRowBytes(random, { dtype, count: elements })],
  }
}
