import { describe, expect, test } from 'vitest'
import { f32, firstOutput, i64, runNode } from '../testing/runNode.ts'

const matrix = f32([2, 3], [1, 2, 3, 4, 5, 6])

describe('shapes', () => {
  test('default: Slice by attributes in version 1, by inputs since 10, with steps', () => {
    const attributes = { starts: [1], ends: [9], axes: [1] }
    expect(firstOutput('Slice', { opset: 9, inputs: [matrix], attributes })).toEqual([2, 3, 5, 6])
    const inputs = [matrix, i64([-1]), i64([-9]), i64([1]), i64([-2])]
    expect(runNode('Slice', { inputs })).toEqual([{ dtype: 'f32', shape: [2, 2], values: [3, 1, 6, 4] }])
  })

  test('default: Reshape keeps a dimension of 0 and finds −1', () => {
    expect(runNode('Reshape', { inputs: [matrix, i64([0, -1, 1])] })[0].shape).toEqual([2, 3, 1])
  })

  test('default: Transpose without perm reverses the dimensions', () => {
    expect(firstOutput('Transpose', { inputs: [matrix] })).toEqual([1, 4, 2, 5, 3, 6])
  })

  test('default: Split in parts that num_outputs gives: the last is shorter', () => {
    const outputs = runNode('Split', { inputs: [matrix], attributes: { axis: 1, num_outputs: 2 }, numOutputs: 2 })
    expect(outputs.map(({ values }) => values)).toEqual([
      [1, 2, 4, 5],
      [3, 6],
    ])
  })

  test('default: Squeeze and Unsqueeze by attribute and by input', () => {
    const row = f32([1, 3], [1, 2, 3])
    expect(runNode('Squeeze', { opset: 11, inputs: [row], attributes: { axes: [0] } })[0].shape).toEqual([3])
    expect(runNode('Squeeze', { inputs: [row, i64([-2])] })[0].shape).toEqual([3])
    expect(runNode('Unsqueeze', { inputs: [row, i64([0, -1])] })[0].shape).toEqual([1, 1, 3, 1])
  })

  test('default: Tile and Expand', () => {
    expect(firstOutput('Tile', { inputs: [f32([2], [1, 2]), i64([2])] })).toEqual([1, 2, 1, 2])
    expect(firstOutput('Expand', { inputs: [f32([2, 1], [1, 2]), i64([2, 2])] })).toEqual([1, 1, 2, 2])
  })

  test('default: DepthToSpace puts four channels into a square', () => {
    const data = f32([1, 4, 1, 1], [1, 2, 3, 4])
    expect(runNode('DepthToSpace', { inputs: [data], attributes: { blocksize: 2 } })).toEqual([
      { dtype: 'f32', shape: [1, 1, 2, 2], values: [1, 2, 3, 4] },
    ])
  })

  test('default: Cast goes toward zero and saturates', () => {
    const data = f32([3], [-1.9, 1.9, 3e9])
    expect(firstOutput('Cast', { inputs: [data], attributes: { to: 6 } })).toEqual([-1, 1, 2147483647])
  })

  test('default: Shape from start to end', () => {
    const attributes = { start: -1 }
    expect(runNode('Shape', { inputs: [matrix], attributes })).toEqual([{ dtype: 'i64', shape: [1], values: [3] }])
  })

  test('default: Dropout outside training keeps everything', () => {
    const outputs = runNode('Dropout', { inputs: [matrix], numOutputs: 2 })
    expect(outputs[0].values).toEqual([1, 2, 3, 4, 5, 6])
    expect(outputs[1]).toEqual({ dtype: 'bool', shape: [2, 3], values: [1, 1, 1, 1, 1, 1] })
  })

  test('error: a shape that does not fit', () => {
    expect(() => runNode('Reshape', { inputs: [matrix, i64([4])] })).toThrow('cannot become')
  })
})
