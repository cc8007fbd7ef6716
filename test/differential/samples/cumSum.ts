import type { SeededRandom } from 'opml/core'
import { dtypeInfo } from 'opml/graph'
import { pickReducedView, pickRowBytes, pickRowShape } from './rowOperand.ts'
import { pickDtype, pickInt, type Sample } from './sample.ts'

/** A CumSum of any class, along any dimension, in all four forms. */
export function sampleCumSum(random: SeededRandom): Sample {
  const shape = pickRowShape(random, { rank: pickInt(random, 1, 5), maxLength: 100 })
  const dtype = pickDtype(random, ['f32', 'i32', 'i64'])
  const { operand, elements } = pickReducedView(random, { input: 0, dtype, shape, sizes: [] })
  return {
    node: {
      op: 'CumSum',
      dtype: pickDtype(random, [dtypeInfo(dtype).valueClass]),
      shape,
      operands: [operand],
      attributes: {
        axis: 6 - pickInt(random, 1, shape.length),
        isExclusive: random.below(2),
        isReverse: random.below(2),
      },
      microOps: [],
    },
    operands: [pickRowBytes(random, { dtype, count: elements })],
  }
}
