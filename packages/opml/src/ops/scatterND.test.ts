import { expect, test } from 'vitest'
import { scatterND } from './scatterND.ts'
import { i32, refusal, runReference } from './testing/testNode.ts'

const attributes = (mode: number, ...given: number[]): Record<string, number> => {
  const entries = [0, 1, 2, 3, 4].map((i) => [`size${i}`, given[i] ?? 0])
  return { numComponents: given.length, ...Object.fromEntries(entries), mode }
}

test('default: single elements (example 1 of ONNX ScatterND)', () => {
  const operands = [i32([8, 1], 1, 2, 3, 4, 5, 6, 7, 8), i32([4, 1], 4, 3, 1, 7), i32([4, 1], 9, 10, 11, 12)]
  expect([...runReference(scatterND, { shape: [8, 1], operands, attributes: attributes(0, 8) })]).toEqual([
    1, 11, 3, 10, 9, 6, 7, 12,
  ])
})

test('default: rows, with duplicates in every mode', () => {
  const operands = [i32([2, 2], 1, 2, 3, 4), i32([3, 1], -1, 0, 1), i32([3, 2], 5, 6, 7, -8, 2, 9)]
  const rows = (mode: number) => [
    ...runReference(scatterND, { shape: [2, 2], operands, attributes: attributes(mode, 2) }),
  ]
  expect(rows(0)).toEqual([7, -8, 2, 9])
  expect(rows(1)).toEqual([8, -6, 10, 19])
  expect(rows(2)).toEqual([7, -16, 30, 216])
  expect(rows(3)).toEqual([1, -8, 2, 4])
  expect(rows(4)).toEqual([7, 2, 5, 9])
})

test('edge: a tuple with one component out of range writes nothing', () => {
  const operands = [i32([4, 1], 1, 2, 3, 4), i32([3, 2], 0, 2, -3, 0, 1, -1), i32([3, 1], 7, 8, 9)]
  expect([...runReference(scatterND, { shape: [4, 1], operands, attributes: attributes(0, 2, 2) })]).toEqual([
    1, 2, 3, 9,
  ])
})

test('shape: rejects rows of another size and positions that are not those of a', () => {
  const tuples = i32([1, 1], 0)
  const data = i32([2, 2], 1, 2, 3, 4)
  const p = { shape: [2, 2], attributes: attributes(0, 2) }
  expect(refusal(scatterND, { ...p, operands: [data, tuples, i32([1, 1], 1)] })).toBe(
    'operand c is [1, 1], it must be [1, 2].',
  )
  expect(refusal(scatterND, { ...p, operands: [data, tuples, i32([2, 2], 1, 1, 1, 1)] })).toBe(
    'operand b is [1, 1], it must be [2, 1].',
  )
  const operands = [data, tuples, i32([1, 2], 1, 1)]
  expect(refusal(scatterND, { ...p, operands, attributes: attributes(0, 3) })).toBe(
    'tuples index [3], the operand has 2 positions.',
  )
})
