import type { SeededRandom } from 'opml/core'
import { pickReducedView, pickRowBytes, pickRowShape } from './rowOperand.ts'
import { pickDtype, pickInt, pickOne, type Sample } from './sample.ts'

const f32 = (value: number): number => Math.fround(value)

/** A Normalize over one or more dimensions, with and without scale and bias. */
export function sampleNormalize(random: SeededRandom): Sample {
  const shape = pickRowShape(random, { rank: pickInt(random, 1, 5), maxLength: 70 })
  const views = [0, 1, 2].map((input) => {
    const dtype = pickOne(random, ['f32', 'f32', 'f16', 'bf16'] as const)
    return pickReducedView(random, { input, dtype, shape, sizes: [] })
  })
  const [a, b, c] = views.map(({ operand }) => operand)
  const epilogue = [
    { name: 'acc', sources: [], imm: 0 },
    { name: 'load', sources: [1], imm: 0 },
    { name: 'f32.mul', sources: [0, 1], imm: 0 },
    { name: 'load', sources: [2], imm: 0 },
    { name: 'f32.add', sources: [2, 3], imm: 0 },
  ]
  return {
    node: {
      op: 'Normalize',
      dtype: pickDtype(random, ['f32']),
      shape,
      operands: [a, b, c],
      attributes: {
        numAxes: pickInt(random, 1, shape.length),
        epsilon: pickOne(random, [0, f32(1e-5), f32(1e-12), 1]),
        isRms: random.below(2),
      },
      microOps: random.below(2) === 0 ? epilogue : [],
    },
    operands: views.map(({ operand, elements }) => pickRowBytes(random, { dtype: operand.dtype, count: elements })),
  }
}
