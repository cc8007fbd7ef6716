import type { SeededRandom } from 'opml/core'
import { type Dtype, type Operand, type Shape, dtypeInfo } from 'opml/graph'
import { newElements, storeValue } from 'opml/ops'
import { pickBytes, pickInt, pickOne, pickView } from './sample.ts'

const SUM_STYLES = ['wild', 'tame', 'tame', 'ties', 'tiny'] as const

/**
 * Bytes for operators over rows: all sorts, moderate numbers, few different ones (ties, both zeros, sometimes infinities and NaN), or
 * subnormals; with `isOrder` mostly ties.
 */
export function pickRowBytes(random: SeededRandom, p: { dtype: Dtype; count: number; isOrder?: boolean }): Uint8Array {
  const style = p.isOrder ? pickOne(random, ['wild', 'ties', 'ties'] as const) : pickOne(random, SUM_STYLES)
  const isFloat = dtypeInfo(p.dtype).valueClass === 'f32'
  if (style === 'wild' || (style !== 'ties' && !isFloat)) return pickBytes(random, p)
  if (style === 'ties') return tiedBytes(random, p)
  const elements = newElements(p.dtype, p.count)
  for (let i = 0; i < p.count; i++) {
    const scale = style === 'tame' ? 2 ** -pickInt(random, 18, 26) : 2 ** -149
    storeValue(p.dtype, elements, i, (random.below(2 ** 24) - 2 ** 23) * scale)
  }
  return new Uint8Array(elements.buffer)
}

function tiedBytes(random: SeededRandom, { dtype, count }: { dtype: Dtype; count: number }): Uint8Array {
  const elements = newElements(dtype, count)
  const specials = pickOne(random, [[], [Infinity, -Infinity], [-Infinity], [Number.NaN, Infinity, -Infinity]])
  const { valueClass } = dtypeInfo(dtype)
  for (let i = 0; i < count; i++) {
    const small = pickInt(random, -2, 2)
    if (valueClass === 'i64') storeValue(dtype, elements, i, BigInt(small))
    else if (valueClass === 'i32') storeValue(dtype, elements, i, small)
    else storeValue(dtype, elements, i, pickOne(random, [small, -0, 0, ...specials]))
  }
  return new Uint8Array(elements.buffer)
}

/** An output shape with one long dimension, rarely one of 0. */
export function pickRowShape(random: SeededRandom, p: { rank: number; maxLength: number }): number[] {
  const shape = Array.from({ length: p.rank }, () => pickOne(random, [1, 1, 2, 3, 5]))
  if (p.rank > 0) shape[random.below(p.rank)] = pickInt(random, 1, p.maxLength)
  if (p.rank > 0 && random.below(12) === 0) shape[random.below(p.rank)] = 0
  return shape
}

/** A view over `shape` followed by reduction axes: strides for the shape in the operand, those for the axes apart. */
export function pickReducedView(
  random: SeededRandom,
  p: { input: number; dtype: Dtype; shape: Shape; sizes: readonly number[] },
): { operand: Operand; elements: number; strides: number[] } {
  // A dimension of 0 is read as one of 1, which it is inside of.
  const extended = [...p.shape, ...p.sizes].map((dim) => Math.max(dim, 1))
  const { operand, elements } = pickView(random, { input: p.input, dtype: p.dtype, shape: extended })
  if (operand.layout.kind !== 'view') throw new TypeError('pickView gives views.')
  const { strides, offset } = operand.layout
  const layout = { kind: 'view', strides: strides.slice(0, p.shape.length), offset } as const
  return { operand: { ...operand, layout }, elements, strides: strides.slice(p.shape.length) }
}
