import { expect, test } from 'vitest'
import { gatherND } from './gatherND.ts'
import { i32, refusal, runReference } from './testing/testNode.ts'

const sizes = (...given: number[]) => {
  const entries = [0, 1, 2, 3, 4].map((i) => [`size${i}`, given[i] ?? 0])
  return { numComponents: given.length, ...Object.fromEntries(entries) } as Record<string, number>
}

test('default: elements [0, 0] and [1, 1] of a 2×2 (example 1 of ONNX GatherND)', () => {
  const operands = [i32([1, 4, 1], 0, 1, 2, 3), i32([1, 2, 2], 0, 0, 1, 1)]
  expect([...runReference(gatherND, { shape: [1, 2, 1], operands, attributes: sizes(2, 2) })]).toEqual([0, 3])
})

test('default: batch_dims 1 (example 5 of ONNX GatherND)', () => {
  const operands = [i32([2, 2, 2], 0, 1, 2, 3, 4, 5, 6, 7), i32([2, 1, 1], 1, 0)]
  expect([...runReference(gatherND, { shape: [2, 1, 2], operands, attributes: sizes(2) })]).toEqual([2, 3, 4, 5])
})

test('edge: one component out of range gives zero, negative ones count from the end', () => {
  const operands = [i32([1, 6, 1], 1, 2, 3, 4, 5, 6), i32([1, 3, 2], -1, -1, 0, 3, -3, 0)]
  expect([...runReference(gatherND, { shape: [1, 3, 1], operands, attributes: sizes(2, 3) })]).toEqual([6, 0, 0])
})

test('shape: rejects sizes that are not those of a, and sizes past the last component', () => {
  const operands = [i32([1, 6, 1], 1, 2, 3, 4, 5, 6), i32([1, 1, 2], 0, 0)]
  const shape = [1, 1, 1]
  expect(refusal(gatherND, { shape, operands, attributes: sizes(2, 2) })).toBe(
    'tuples index [2, 2], the operand has 6 positions.',
  )
  expect(refusal(gatherND, { shape, operands, attributes: sizes(6) })).toBe(
    'operand b is [1, 1, 2], it must be [1, 1, 1].',
  )
  expect(refusal(gatherND, { shape, operands, attributes: { ...sizes(2, 3), size2: 1 } })).toBe(
    'size2 must be 0, tuples have 2 components.',
  )
})
