import { describe, expect, test } from 'vitest'
import { f32, firstOutput, runNode } from '../testing/runNode.ts'

describe('norms', () => {
  test('default: Softmax before version 13 takes the dimensions from axis on as one', () => {
    const zeros = f32([2, 2, 2], new Array<number>(8).fill(0))
    expect(firstOutput('Softmax', { opset: 12, inputs: [zeros] })).toEqual(new Array(8).fill(0.25))
    expect(firstOutput('Softmax', { opset: 13, inputs: [zeros] })).toEqual(new Array(8).fill(0.5))
    expect(firstOutput('Softmax', { opset: 12, inputs: [zeros], attributes: { axis: 0 } })).toEqual(
      new Array(8).fill(0.125),
    )
  })

  test('default: Hardmax marks the first maximum', () => {
    expect(firstOutput('Hardmax', { inputs: [f32([2, 3], [1, 3, 3, 5, 4, 0])] })).toEqual([0, 1, 0, 1, 0, 0])
  })

  test('default: BatchNormalization by its statistics', () => {
    const inputs = [f32([1, 2, 1], [3, 10]), f32([2], [2, 1]), f32([2], [1, 0]), f32([2], [1, 4]), f32([2], [4, 9])]
    // (3 − 1) ÷ 2 · 2 + 1 and (10 − 4) ÷ 3
    expect(firstOutput('BatchNormalization', { inputs, attributes: { epsilon: { f: 0 } } })).toEqual([3, 2])
  })

  test('default: LayerNormalization of a row with variance 4', () => {
    const inputs = [f32([1, 2], [1, 5]), f32([2], [1, 10]), f32([2], [0, 1])]
    expect(firstOutput('LayerNormalization', { inputs, attributes: { epsilon: { f: 0 } } })).toEqual([-1, 11])
  })

  test('default: GroupNormalization scales a group before version 21, a channel since', () => {
    const x = f32([1, 2, 2], [1, 5, 3, 11])
    const attributes = { num_groups: 2, epsilon: { f: 0 } }
    const inputs = [x, f32([2], [1, 10]), f32([2], [0, 1])]
    expect(firstOutput('GroupNormalization', { opset: 18, inputs, attributes })).toEqual([-1, 1, -9, 11])
    const one = { ...attributes, num_groups: 1 }
    const scaled = (opset: number, count: number) =>
      firstOutput('GroupNormalization', {
        opset,
        inputs: [f32([1, 2, 1], [1, 5]), f32([count], [2, 10].slice(0, count)), f32([count], [0, 0].slice(0, count))],
        attributes: one,
      })
    expect(scaled(18, 1)).toEqual([-2, 2])
    expect(scaled(21, 2)).toEqual([-2, 10])
  })

  test('default: LpNormalization', () => {
    expect(firstOutput('LpNormalization', { inputs: [f32([2], [3, 4])] })).toEqual([
      Math.fround(3 / 5),
      Math.fround(4 / 5),
    ])
  })

  test('error: statistics a place (spatial 0) are refused', () => {
    const inputs = [f32([1, 1, 1], [1]), ...[1, 0, 0, 1].map((value) => f32([1], [value]))]
    expect(() => runNode('BatchNormalization', { opset: 7, inputs, attributes: { spatial: 0 } })).toThrow('spatial 0')
  })
})
