import { describe, expect, test } from 'vitest'
import { f32, firstOutput, i64, runNode } from '../testing/runNode.ts'

describe('regions and determinants', () => {
  test('default: Det of 1, 2, 3 and 4 rows', () => {
    expect(firstOutput('Det', { inputs: [f32([1, 1], [7])] })).toEqual([7])
    expect(firstOutput('Det', { inputs: [f32([2, 2], [1, 2, 3, 4])] })).toEqual([-2])
    expect(firstOutput('Det', { inputs: [f32([3, 3], [2, 0, 1, 1, 3, 2, 1, 1, 4])] })).toEqual([18])
    expect(firstOutput('Det', { inputs: [f32([4, 4], [2, 0, 0, 0, 5, 3, 0, 0, 1, 1, 4, 0, 9, 9, 9, 5])] })).toEqual([
      120,
    ])
  })

  test('default: Det of each matrix of a stack', () => {
    const stack = f32([2, 2, 2], [1, 0, 0, 1, 0, 1, 1, 0])
    expect(runNode('Det', { inputs: [stack] })).toEqual([{ dtype: 'f32', shape: [2], values: [1, -1] }])
  })

  test('error: Det of more rows', () => {
    expect(() => runNode('Det', { inputs: [f32([6, 6], new Array<number>(36).fill(0))] })).toThrow('more than 5 rows')
  })

  test('default: RoiAlign averages samples of a ramp', () => {
    const image = f32([1, 1, 4, 4], [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
    const attributes = {
      output_height: 1,
      output_width: 2,
      sampling_ratio: 1,
      coordinate_transformation_mode: 'output_half_pixel',
    }
    // Cells from 0 to 1 and from 1 to 2, sampled at their middles.
    expect(firstOutput('RoiAlign', { inputs: [image, f32([1, 4], [0, 0, 2, 2]), i64([0])], attributes })).toEqual([
      0.5, 1.5,
    ])
  })

  test('error: RoiAlign that finds the number of samples in the data', () => {
    const inputs = [f32([1, 1, 1, 1], [0]), f32([1, 4], [0, 0, 1, 1]), i64([0])]
    expect(() => runNode('RoiAlign', { inputs })).toThrow('sampling_ratio 0')
  })

  test('default: Col2Im adds blocks where they overlap', () => {
    const columns = f32([1, 2, 3], [1, 2, 3, 10, 20, 30])
    expect(runNode('Col2Im', { inputs: [columns, i64([1, 4]), i64([1, 2])] })).toEqual([
      { dtype: 'f32', shape: [1, 1, 1, 4], values: [1, 12, 23, 30] },
    ])
  })
})
