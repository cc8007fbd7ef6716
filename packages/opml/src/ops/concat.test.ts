import { expect, test } from 'vitest'
import { concat } from './concat.ts'
import { f32, i32, refusal, runReference } from './testing/testNode.ts'

test('default: three operands along the middle dimension', () => {
  const operands = [i32([2, 1, 2], 1, 2, 3, 4), i32([2, 0, 2]), i32([2, 2, 2], 5, 6, 7, 8, 9, 10, 11, 12)]
  expect([...runReference(concat, { shape: [2, 3, 2], operands })]).toEqual([1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12])
})

test('default: two operands, one after the other (axis 0 of ONNX Concat)', () => {
  const operands = [i32([1, 2, 1], 1, 2), i32([1, 2, 1], 3, 4)]
  expect([...runReference(concat, { shape: [1, 4, 1], operands })]).toEqual([1, 2, 3, 4])
})

test('shape: rejects slices that do not add up, other dims and another dtype', () => {
  const a = i32([1, 2, 1], 1, 2)
  expect(refusal(concat, { shape: [1, 3, 1], operands: [a, a] })).toBe('the operands have 4 slices, the output 3.')
  expect(refusal(concat, { shape: [1, 4, 1], operands: [a, i32([1, 1, 2], 3, 4)] })).toBe(
    'operand b is [1, 1, 2], it must be [1, 1, 1].',
  )
  expect(refusal(concat, { shape: [1, 4, 1], operands: [a, f32([1, 2, 1], 3, 4)] })).toBe(
    'operand b is f32, it must be i32.',
  )
})
