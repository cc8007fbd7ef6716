import { describe, expect, test } from 'vitest'
import { f32, firstOutput, runNode } from '../testing/runNode.ts'

const line = f32([1, 1, 5], [1, 5, 2, 4, 3])

describe('pools', () => {
  test('default: MaxPool with the places of the maxima', () => {
    const attributes = { kernel_shape: [2], strides: [2] }
    const outputs = runNode('MaxPool', { inputs: [line], attributes, numOutputs: 2 })
    expect(outputs.map(({ values }) => values)).toEqual([
      [5, 4],
      [1, 3],
    ])
  })

  test('default: ceil_mode adds a last window that is cut', () => {
    expect(
      firstOutput('MaxPool', { inputs: [line], attributes: { kernel_shape: [2], strides: [2], ceil_mode: 1 } }),
    ).toEqual([5, 4, 3])
  })

  test('default: AveragePool without and with its padding', () => {
    const attributes = { kernel_shape: [2], strides: [2], pads: [1, 0] }
    expect(firstOutput('AveragePool', { inputs: [line], attributes })).toEqual([1, 3.5, 3.5])
    expect(firstOutput('AveragePool', { inputs: [line], attributes: { ...attributes, count_include_pad: 1 } })).toEqual(
      [0.5, 3.5, 3.5],
    )
  })

  test('default: AveragePool with dilations, of version 19', () => {
    expect(firstOutput('AveragePool', { inputs: [line], attributes: { kernel_shape: [2], dilations: [3] } })).toEqual([
      2.5, 4,
    ])
  })

  test('default: LpPool of order 2', () => {
    expect(firstOutput('LpPool', { inputs: [f32([1, 1, 2], [3, 4])], attributes: { kernel_shape: [2] } })).toEqual([5])
  })

  test('error: a window larger than its input', () => {
    expect(() => runNode('MaxPool', { inputs: [line], attributes: { kernel_shape: [6] } })).toThrow('a window of [6]')
  })
})
