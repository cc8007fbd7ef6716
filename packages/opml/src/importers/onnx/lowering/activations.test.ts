import { describe, expect, test } from 'vitest'
import { f32, firstOutput, runNode } from '../testing/runNode.ts'

const x = f32([4], [-2, -0.5, 0.5, 2])

describe('activations', () => {
  test('default: Clip by attributes in version 6, by inputs since 11', () => {
    const attributes = { min: { f: -1 }, max: { f: 1 } }
    expect(firstOutput('Clip', { opset: 6, inputs: [x], attributes })).toEqual([-1, -0.5, 0.5, 1])
    expect(firstOutput('Clip', { opset: 13, inputs: [x, f32([], [-1])] })).toEqual([-1, -0.5, 0.5, 2])
    expect(firstOutput('Clip', { opset: 13, inputs: [x, undefined, f32([], [1])] })).toEqual([-2, -0.5, 0.5, 1])
  })

  test('default: LeakyRelu and PRelu scale what is negative', () => {
    expect(firstOutput('LeakyRelu', { inputs: [x], attributes: { alpha: { f: 0.5 } } })).toEqual([-1, -0.25, 0.5, 2])
    expect(firstOutput('PRelu', { inputs: [x, f32([1], [2])] })).toEqual([-4, -1, 0.5, 2])
  })

  test('default: HardSigmoid is a line between 0 and 1', () => {
    const attributes = { alpha: { f: 0.25 }, beta: { f: 0.5 } }
    expect(firstOutput('HardSigmoid', { inputs: [x], attributes })).toEqual([0, 0.375, 0.625, 1])
  })

  test('default: Shrink', () => {
    expect(firstOutput('Shrink', { inputs: [x], attributes: { lambd: { f: 1 }, bias: { f: 0.5 } } })).toEqual([
      -1.5, 0, 0, 1.5,
    ])
  })

  test('default: Mod has the sign of the divisor, with fmod that of the dividend', () => {
    const inputs = [
      { shape: [2], values: [-7, 7], dtype: 'i32' as const },
      { shape: [2], values: [3, -3], dtype: 'i32' as const },
    ]
    expect(firstOutput('Mod', { inputs })).toEqual([2, -2])
    expect(firstOutput('Mod', { inputs, attributes: { fmod: 1 } })).toEqual([-1, 1])
  })

  test('default: Where picks by its condition', () => {
    const condition = { shape: [4], values: [1, 0, 0, 1], dtype: 'bool' as const }
    expect(firstOutput('Where', { inputs: [condition, x, f32([1], [9])] })).toEqual([-2, 9, 9, 2])
  })

  test('edge: IsInf by sign', () => {
    const inputs = [f32([3], [Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY])]
    expect(runNode('IsInf', { inputs })[0].values).toEqual([1, 0, 1])
    expect(firstOutput('IsInf', { inputs, attributes: { detect_negative: 0 } })).toEqual([0, 0, 1])
  })

  test('edge: Sign keeps 0', () => {
    expect(firstOutput('Sign', { inputs: [f32([3], [-5, 0, 7])] })).toEqual([-1, 0, 1])
  })
})
