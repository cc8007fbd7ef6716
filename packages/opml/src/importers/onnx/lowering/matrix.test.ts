import { describe, expect, test } from 'vitest'
import { f32, firstOutput, type Given, runNode } from '../testing/runNode.ts'

const a = f32([2, 2], [1, 2, 3, 4])
const wide = (shape: readonly number[], values: readonly (number | bigint)[]): Given => ({
  shape,
  values,
  dtype: 'i64',
})

describe('products of matrices', () => {
  test('default: MatMul, also of vectors', () => {
    expect(firstOutput('MatMul', { inputs: [a, f32([2, 2], [5, 6, 7, 8])] })).toEqual([19, 22, 43, 50])
    expect(runNode('MatMul', { inputs: [f32([2], [1, 2]), f32([2], [3, 4])] })).toEqual([
      { dtype: 'f32', shape: [], values: [11] },
    ])
  })

  test('default: MatMul of 64-bit integers wraps', () => {
    expect(firstOutput('MatMul', { inputs: [wide([1, 2], [3, 4]), wide([2, 1], [5, -6])] })).toEqual([-9])
    expect(runNode('MatMul', { inputs: [wide([2], [2n ** 62n, 1]), wide([2, 1], [4, 7])] })).toEqual([
      { dtype: 'i64', shape: [1], values: [7] },
    ])
  })

  test('default: Gemm with factors and transposed operands', () => {
    const attributes = { alpha: { f: 2 }, beta: { f: 3 }, transA: 1, transB: 1 }
    const inputs = [a, f32([1, 2], [1, 1]), f32([1], [1])]
    // Columns of a summed are 4 and 6; doubled, plus 3.
    expect(firstOutput('Gemm', { inputs, attributes })).toEqual([11, 15])
  })

  test('default: MatMulInteger takes zero points off', () => {
    const bytes = (shape: readonly number[], values: readonly number[]): Given => ({ shape, values, dtype: 'u8' })
    const inputs = [bytes([1, 2], [10, 12]), bytes([2, 1], [3, 5]), bytes([], [10]), bytes([], [1])]
    expect(runNode('MatMulInteger', { inputs })).toEqual([{ dtype: 'i32', shape: [1, 1], values: [8] }])
  })

  test('default: Einsum takes a trace, and an outer product', () => {
    expect(firstOutput('Einsum', { inputs: [a], attributes: { equation: 'ii->' } })).toEqual([5])
    const vectors = [f32([2], [1, 2]), f32([2], [3, 4])]
    expect(firstOutput('Einsum', { inputs: vectors, attributes: { equation: 'i,j->ij' } })).toEqual([3, 4, 6, 8])
  })

  test('error: inner dimensions that differ', () => {
    expect(() => runNode('MatMul', { inputs: [a, f32([3, 1], [1, 2, 3])] })).toThrow('[2, 2] times [3, 1]')
  })
})
