import type { SeededRandom } from 'opml/core'
import { pickBytes, pickDtype, pickInt, pickOne, pickShape, pickView, type Sample } from './sample.ts'

/** A MatMul over random views, with and without an epilogue. */
export function sampleMatMul(random: SeededRandom): Sample {
  const shape = pickShape(random, pickInt(random, 0, 4), 80)
  const k = pickInt(random, 0, 70)
  const style = pickOne(random, ['wild', 'tame'] as const)
  const extended = [...shape, Math.max(k, 1)]
  const factors = [0, 1].map((input) =>
    pickView(random, { input, dtype: pickOne(random, ['f32', 'f32', 'f16', 'bf16']), shape: extended }),
  )
  const bias = pickView(random, { input: 2, dtype: 'f32', shape })
  const hasBias = random.below(2) === 0
  const [a, b] = factors.map(({ operand }) => operand)
  const strideOf = (operand: typeof a) => (operand.layout.kind === 'view' ? operand.layout.strides.at(-1) : 0) as number
  const withoutLast = (operand: typeof a) =>
    operand.layout.kind === 'view'
      ? { ...operand, layout: { ...operand.layout, strides: operand.layout.strides.slice(0, -1) } }
      : operand
  const epilogue = [
    { name: 'acc', sources: [], imm: 0 },
    { name: 'load', sources: [2], imm: 0 },
    { name: 'f32.add', sources: [0, 1], imm: 0 },
    { name: 'f32.max', sources: [2, 'imm' as const], imm: 0 },
  ]
  return {
    node: {
      op: 'MatMul',
      dtype: pickDtype(random, ['f32']),
      shape,
      operands: hasBias ? [withoutLast(a), withoutLast(b), bias.operand] : [withoutLast(a), withoutLast(b)],
      attributes: { k, strideA: strideOf(a), strideB: strideOf(b) },
      microOps: hasBias ? epilogue : [],
    },
    operands: [...factors, ...(hasBias ? [bias] : [])].map(({ operand, elements }) =>
      pickBytes(random, { dtype: operand.dtype, count: elements, style }),
    ),
  }
}
