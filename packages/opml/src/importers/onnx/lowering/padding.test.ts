import { describe, expect, test } from 'vitest'
import { f32, firstOutput, i64, runNode } from '../testing/runNode.ts'

const line = f32([3], [1, 2, 3])

describe('borders', () => {
  test('default: Pad by attribute in version 2, by input since 11, with axes since 18', () => {
    expect(firstOutput('Pad', { opset: 10, inputs: [line], attributes: { pads: [1, 2], value: { f: 9 } } })).toEqual([
      9, 1, 2, 3, 9, 9,
    ])
    expect(firstOutput('Pad', { inputs: [line, i64([1, -1])] })).toEqual([0, 1, 2])
    const inputs = [f32([1, 2], [1, 2]), i64([0, 1]), undefined, i64([-1])]
    expect(runNode('Pad', { inputs })).toEqual([{ dtype: 'f32', shape: [1, 3], values: [1, 2, 0] }])
  })

  test('default: reflect, edge, wrap', () => {
    const padded = (mode: string) => firstOutput('Pad', { inputs: [line, i64([2, 2])], attributes: { mode } })
    expect(padded('reflect')).toEqual([3, 2, 1, 2, 3, 2, 1])
    expect(padded('edge')).toEqual([1, 1, 1, 2, 3, 3, 3])
    expect(padded('wrap')).toEqual([2, 3, 1, 2, 3, 1, 2])
  })

  test('edge: a border of f16 is of f16', () => {
    const half = { shape: [1], values: [1], dtype: 'f16' as const }
    const value = { shape: [], values: [0.5], dtype: 'f16' as const, isKnown: true }
    expect(runNode('Pad', { inputs: [half, i64([1, 0]), value] })).toEqual([
      { dtype: 'f16', shape: [2], values: [0.5, 1] },
    ])
    const inputs = [half]
    expect(firstOutput('Pad', { opset: 10, inputs, attributes: { pads: [0, 1], value: { f: 2 } } })).toEqual([1, 2])
  })

  test('default: CenterCropPad crops one axis and pads the other', () => {
    expect(firstOutput('CenterCropPad', { inputs: [f32([1, 3], [1, 2, 3]), i64([2, 1])] })).toEqual([2, 0])
  })
})
