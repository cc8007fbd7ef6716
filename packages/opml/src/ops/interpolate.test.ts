import { expect, test } from 'vitest'
import { interpolate } from './interpolate.ts'
import { f32, i32, refusal, runReference } from './testing/testNode.ts'

test('default: three points on the line through 1, 2, 3, 4, each between two neighbours', () => {
  const a = f32([1, 4, 1], 1, 2, 3, 4)
  const indices = i32([3, 2], 0, 1, 1, 2, 2, 3)
  const weights = f32([3, 2], 0.75, 0.25, 0.5, 0.5, 0, 1)
  expect([...runReference(interpolate, { shape: [1, 3, 1], operands: [a, indices, weights] })]).toEqual([1.25, 2.5, 4])
})

test('edge: terms are added upward, each rounded', () => {
  const a = f32([1, 3, 1], 2 ** 24, 1, -(2 ** 24))
  const sum = (...order: number[]) => [
    ...runReference(interpolate, { shape: [1, 1, 1], operands: [a, i32([1, 3], ...order), f32([1, 3], 1, 1, 1)] }),
  ]
  expect(sum(0, 1, 2)).toEqual([0])
  expect(sum(0, 2, 1)).toEqual([1])
})

test('edge: no terms give +0, −0 is lost, an index out of range counts as +0', () => {
  const run = (indices: number[], weights: number[]) => {
    const terms = indices.length
    const operands = [f32([1, 2, 1], -0, 3), i32([1, terms], ...indices), f32([1, terms], ...weights)]
    return [...runReference(interpolate, { shape: [1, 1, 1], operands })]
  }
  expect(run([], [])).toEqual([0])
  expect(run([0], [1])).toEqual([0])
  expect(run([2, -1], [5, 2])).toEqual([6])
  expect(run([2], [Number.POSITIVE_INFINITY])).toEqual([Number.NaN])
})

test('shape: rejects an integer output, i64 indices, and weights without indices', () => {
  const [a, b, c] = [f32([1, 1, 1], 1), i32([1, 1], 0), f32([1, 1], 1)]
  expect(refusal(interpolate, { shape: [1, 1, 1], operands: [a, b, c], dtype: 'i32' })).toBe(
    'Interpolate makes f32, f16 or bf16, not i32.',
  )
  const wide = { dtype: 'i64', dims: [1, 1], elements: new BigInt64Array(1) } as const
  expect(refusal(interpolate, { shape: [1, 1, 1], operands: [a, wide, c] })).toBe('operand b is i64, it must be i32.')
  expect(refusal(interpolate, { shape: [1, 1, 1], operands: [a, b, f32([1, 2], 1, 1)] })).toBe(
    'operand c is [1, 2], it must be [1, 1].',
  )
})
