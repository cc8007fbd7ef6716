import { describe, expect, test } from 'vitest'
import { f32, runNode } from '../testing/runNode.ts'

describe('checkSchema', () => {
  test('error: names the input, its rank and the one that fits', () => {
    const inputs = [f32([1, 4], [1, 2, 3, 4]), f32([1, 1, 2], [1, 1])]
    expect(() => runNode('Conv', { inputs })).toThrow('input 0 ("x0") has rank 2, it must be 3 or more')
    expect(() => runNode('Gemm', { inputs: [f32([1, 1, 1], [1]), f32([1, 1], [1])] })).toThrow(
      'input 0 ("x0") has rank 3, it must be 2',
    )
    const lstm = [f32([1, 1, 1], [1]), f32([4, 1], [1, 1, 1, 1]), f32([1, 4, 1], [1, 1, 1, 1])]
    expect(() => runNode('LSTM', { inputs: lstm, attributes: { hidden_size: 1 } })).toThrow(
      'input 1 ("x1") has rank 2, it must be 3',
    )
  })

  test('error: names the attribute that is missing', () => {
    expect(() => runNode('MaxPool', { inputs: [f32([1, 1, 2], [1, 2])] })).toThrow(
      'attribute "kernel_shape" is missing',
    )
    expect(() => runNode('If', { inputs: [{ shape: [], values: [1], dtype: 'bool' }] })).toThrow(
      'attribute "then_branch" is missing',
    )
  })

  test('edge: inputs that are not given, and any rank', () => {
    const inputs = [f32([1, 1, 3], [1, 2, 3]), f32([1, 1, 2], [1, 1]), undefined]
    expect(runNode('Conv', { inputs })[0]?.values).toEqual([3, 5])
    expect(
      runNode('Compress', {
        inputs: [f32([1, 2], [1, 2]), { shape: [2], values: [0, 1], dtype: 'bool', isKnown: true }],
      })[0]?.values,
    ).toEqual([2])
  })
})
