import { describe, expect, test } from 'vitest'
import { f32, firstOutput, type Given, runNode } from '../testing/runNode.ts'

const i32 = (values: readonly number[]): Given => ({ shape: [values.length], values, dtype: 'i32' })

describe('element-wise operators', () => {
  test('default: Add broadcasts a row over a matrix', () => {
    expect(runNode('Add', { inputs: [f32([2, 2], [1, 2, 3, 4]), f32([2], [10, 20])] })).toEqual([
      { dtype: 'f32', shape: [2, 2], values: [11, 22, 13, 24] },
    ])
  })

  test('default: Div of integers goes toward zero', () => {
    expect(firstOutput('Div', { inputs: [i32([7, -7]), i32([2, 2])] })).toEqual([3, -3])
  })

  test('default: Less and GreaterOrEqual give bool', () => {
    const inputs = [f32([3], [1, 2, 3]), f32([3], [2, 2, 2])]
    expect(runNode('Less', { inputs })).toEqual([{ dtype: 'bool', shape: [3], values: [1, 0, 0] }])
    expect(firstOutput('GreaterOrEqual', { inputs })).toEqual([0, 1, 1])
  })

  test('default: Max of three tensors', () => {
    expect(firstOutput('Max', { inputs: [f32([2], [1, 5]), f32([2], [4, 2]), f32([1], [3])] })).toEqual([4, 5])
  })

  test('default: HardSwish is 0 up to −3 and x from 3 on', () => {
    expect(firstOutput('HardSwish', { inputs: [f32([3], [-3, 3, 6])] })).toEqual([-0, 3, 6])
  })

  test('edge: Round takes ties to even', () => {
    expect(firstOutput('Round', { inputs: [f32([4], [0.5, 1.5, 2.5, -1.5])] })).toEqual([0, 2, 2, -2])
  })

  test('default: BitwiseAnd, BitwiseNot', () => {
    expect(firstOutput('BitwiseAnd', { inputs: [i32([12, 10]), i32([10, 3])] })).toEqual([8, 2])
    expect(firstOutput('BitwiseNot', { inputs: [i32([0, 5])] })).toEqual([-1, -6])
  })

  test('error: shapes that do not broadcast', () => {
    expect(() => runNode('Add', { inputs: [f32([2], [1, 2]), f32([3], [1, 2, 3])] })).toThrow('do not broadcast')
  })

  test('error: broadcasting at an axis, of operator sets before 7', () => {
    const inputs = [f32([2, 2], [1, 2, 3, 4]), f32([2], [10, 20])]
    expect(() => runNode('Add', { opset: 6, inputs, attributes: { broadcast: 1, axis: 0 } })).toThrow('at an axis')
    expect(firstOutput('Add', { opset: 6, inputs, attributes: { broadcast: 1 } })).toEqual([11, 22, 13, 24])
  })
})
