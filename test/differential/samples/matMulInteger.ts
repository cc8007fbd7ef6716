import type { MicroOp, Operand } from 'opml/graph'
import type { SeededRandom } from 'opml/core'
import { pickBytes, pickDtype, pickInt, pickOne, pickShape, pickView, type Sample } from './sample.ts'

/** Zero points small and extreme, and an accumulator, for an operator on integers. */
export function pickIntegerDot(random: SeededRandom): Readonly<Record<'zeroA' | 'zeroB' | 'accumulator', number>> {
  const zero = () => pickOne(random, [0, 0, 128, -3, pickInt(random, -200, 200), random.below(2 ** 32) | 0])
  return { zeroA: zero(), zeroB: zero(), accumulator: random.below(2) }
}

/** An epilogue that adds operand c, which is of the accumulator's class, and a constant. */
export function pickIntegerEpilogue(random: SeededRandom, accumulator: number): readonly MicroOp[] {
  const add = accumulator === 1 ? 'i64.add' : 'i32.add'
  return [
    { name: 'acc', sources: [], imm: 0 },
    { name: 'load', sources: [2], imm: 0 },
    { name: add, sources: [0, 1], imm: 0 },
    { name: add, sources: [2, 'imm'], imm: random.below(2 ** 32) | 0 },
  ]
}

/** A MatMulInteger over random views, with and without an epilogue. */
export function sampleMatMulInteger(random: SeededRandom): Sample {
  const shape = pickShape(random, pickInt(random, 0, 4), 80)
  if (shape.length > 0 && random.below(12) === 0) shape[random.below(shape.length)] = 0
  const k = pickInt(random, 0, 70)
  const viewed = shape.map((dim) => Math.max(dim, 1))
  const extended = [...viewed, Math.max(k, 1)]
  const factors = [0, 1].map((input) => pickView(random, { input, dtype: pickDtype(random, ['i32']), shape: extended }))
  const dot = pickIntegerDot(random)
  const accClass = dot.accumulator === 1 ? 'i64' : 'i32'
  const bias = pickView(random, { input: 2, dtype: pickDtype(random, [accClass]), shape: viewed })
  const views = random.below(2) === 0 ? [...factors, bias] : factors
  const splitLast = ({ operand }: { operand: Operand }): [Operand, number] => {
    const { layout } = operand
    if (layout.kind !== 'view') throw new TypeError('pickView gives views.')
    return [
      { ...operand, layout: { ...layout, strides: layout.strides.slice(0, -1) } },
      layout.strides.at(-1) as number,
    ]
  }
  const [[a, strideA], [b, strideB]] = factors.map(splitLast)
  return {
    node: {
      op: 'MatMulInteger',
      dtype: pickDtype(random, [accClass]),
      shape,
      operands: views.length === 3 ? [a, b, bias.operand] : [a, b],
      attributes: { k, strideA, strideB, ...dot },
      microOps: views.length === 3 ? pickIntegerEpilogue(random, dot.accumulator) : [],
    },
    operands: views.map(({ operand, elements }) => pickBytes(random, { dtype: operand.dtype, count: elements })),
  }
}
