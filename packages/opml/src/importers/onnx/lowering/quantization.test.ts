import { describe, expect, test } from 'vitest'
import { f32, firstOutput, type Given, runNode } from '../testing/runNode.ts'

const bytes = (shape: readonly number[], values: readonly number[]): Given => ({ shape, values, dtype: 'u8' })

describe('quantisation', () => {
  test('default: QuantizeLinear rounds ties to even and saturates', () => {
    const inputs = [f32([5], [1, 3, 2, -9, 999]), f32([], [2]), bytes([], [1])]
    expect(runNode('QuantizeLinear', { inputs })).toEqual([{ dtype: 'u8', shape: [5], values: [1, 3, 2, 0, 255] }])
  })

  test('default: a scale a channel', () => {
    const inputs = [bytes([2, 2], [1, 2, 3, 4]), f32([2], [1, 10]), bytes([2], [0, 3])]
    expect(firstOutput('DequantizeLinear', { inputs, attributes: { axis: 0 } })).toEqual([1, 2, 0, 10])
  })

  test('default: a scale a block, the last one shorter, of version 21', () => {
    const inputs = [bytes([1, 3], [1, 2, 3]), f32([1, 2], [1, 10])]
    expect(firstOutput('DequantizeLinear', { inputs, attributes: { axis: 1, block_size: 2 } })).toEqual([1, 2, 30])
  })

  test('default: output_dtype without a zero point', () => {
    const inputs = [f32([2], [-1, 40000]), f32([], [1])]
    expect(runNode('QuantizeLinear', { inputs, attributes: { output_dtype: 5 } })).toEqual([
      { dtype: 'i16', shape: [2], values: [-1, 32767] },
    ])
  })

  test('default: DynamicQuantizeLinear covers 0', () => {
    const [y, scale, zero] = runNode('DynamicQuantizeLinear', { inputs: [f32([3], [0, 2, 5.1])], numOutputs: 3 })
    expect(y.values).toEqual([0, 100, 255])
    expect(scale.values).toEqual([Math.fround(Math.fround(5.1) / 255)])
    expect(zero).toEqual({ dtype: 'u8', shape: [], values: [0] })
  })

  test('error: parameters that fit no block', () => {
    const inputs = [bytes([1, 4], [1, 2, 3, 4]), f32([1, 3], [1, 1, 1])]
    expect(() => runNode('DequantizeLinear', { inputs, attributes: { axis: 1, block_size: 2 } })).toThrow(
      'for blocks of 2',
    )
  })
})
