import { describe, expect, test } from 'vitest'
import { f32, firstOutput, type Given, runNode } from '../testing/runNode.ts'

const line = f32([1, 1, 4], [1, 2, 3, 4])
const ones = f32([1, 1, 2], [1, 1])

describe('convolutions', () => {
  test('default: sums of neighbours, with stride, padding, dilation', () => {
    expect(firstOutput('Conv', { inputs: [line, ones] })).toEqual([3, 5, 7])
    expect(firstOutput('Conv', { inputs: [line, ones], attributes: { strides: [2] } })).toEqual([3, 7])
    expect(firstOutput('Conv', { inputs: [line, ones], attributes: { pads: [1, 0] } })).toEqual([1, 3, 5, 7])
    expect(firstOutput('Conv', { inputs: [line, ones], attributes: { dilations: [2] } })).toEqual([4, 6])
  })

  test('default: SAME_UPPER pads behind, SAME_LOWER before', () => {
    expect(firstOutput('Conv', { inputs: [line, ones], attributes: { auto_pad: 'SAME_UPPER' } })).toEqual([3, 5, 7, 4])
    expect(firstOutput('Conv', { inputs: [line, ones], attributes: { auto_pad: 'SAME_LOWER' } })).toEqual([1, 3, 5, 7])
  })

  test('default: a channel a group, and a bias', () => {
    const inputs = [f32([1, 2, 1, 1], [3, 4]), f32([2, 1, 1, 1], [10, 100]), f32([2], [1, 2])]
    expect(firstOutput('Conv', { inputs, attributes: { group: 2 } })).toEqual([31, 402])
  })

  test('default: ConvInteger pads with the zero point', () => {
    const bytes = (shape: readonly number[], values: readonly number[]): Given => ({ shape, values, dtype: 'u8' })
    const inputs = [bytes([1, 1, 2], [11, 12]), bytes([1, 1, 2], [1, 3]), bytes([], [10])]
    expect(runNode('ConvInteger', { inputs, attributes: { pads: [1, 0] } })).toEqual([
      { dtype: 'i32', shape: [1, 1, 2], values: [3, 7] },
    ])
  })

  test('default: ConvTranspose spreads each element', () => {
    const inputs = [f32([1, 1, 2], [1, 10]), f32([1, 1, 3], [1, 2, 3])]
    expect(firstOutput('ConvTranspose', { inputs })).toEqual([1, 12, 23, 30])
    expect(firstOutput('ConvTranspose', { inputs, attributes: { strides: [2] } })).toEqual([1, 2, 13, 20, 30])
  })

  test('error: channels that do not fit', () => {
    expect(() => runNode('Conv', { inputs: [line, f32([1, 2, 1], [1, 1])] })).toThrow('in 1 groups')
  })
})
