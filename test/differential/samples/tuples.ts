import type { SeededRandom } from 'opml/core'
import { pickDim, pickIndices } from './movement.ts'
import { pickInt, pickOne } from './sample.ts'

/** Sizes of the dimensions that tuples index, as attributes. */
export function pickSizes(random: SeededRandom, max: number): { sizes: number[]; attributes: Record<string, number> } {
  const sizes = Array.from({ length: pickInt(random, 1, 5) }, (_, i) => pickDim(random, i === 0 ? max : 3))
  const attributes: Record<string, number> = { numComponents: sizes.length }
  for (let i = 0; i < 5; i++) attributes[`size${i}`] = sizes[i] ?? 0
  return { sizes, attributes }
}

/** Tuples that index dimensions of these sizes, some components out of range. */
export function pickTuples(
  random: SeededRandom,
  p: { count: number; sizes: readonly number[] },
): { dtype: 'i32' | 'i64'; bytes: Uint8Array } {
  const dtype = pickOne(random, ['i32', 'i64'] as const)
  const columns = p.sizes.map((size) => pickIndices(random, { dtype, count: p.count, size }))
  const width = dtype === 'i64' ? 8 : 4
  const bytes = new Uint8Array(p.count * p.sizes.length * width)
  for (let row = 0; row < p.count; row++) {
    columns.forEach((column, i) => {
      bytes.set(column.subarray(row * width, (row + 1) * width), (row * columns.length + i) * width)
    })
  }
  return { dtype, bytes }
}
