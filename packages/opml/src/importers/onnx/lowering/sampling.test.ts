import { describe, expect, test } from 'vitest'
import { type AttributeInput, f32, firstOutput, type Given, i64, runNode } from '../testing/runNode.ts'

const image = f32([1, 1, 2, 2], [1, 2, 3, 4])

/** The image at one place (x, y) of −1 … 1. */
const at = (x: number, y: number, attributes: Record<string, AttributeInput> = {}, of: Given = image) =>
  firstOutput('GridSample', { inputs: [of, f32([1, 1, 1, 2], [x, y])], attributes })[0]

describe('GridSample', () => {
  test('default: the middle is the mean of four', () => {
    expect(at(0, 0)).toBe(2.5)
  })

  test('default: a corner lies half a pixel outside, where zeros, the border or the mirror image are', () => {
    expect(at(-1, -1)).toBe(0.25)
    expect(at(-1, -1, { padding_mode: 'border' })).toBe(1)
    // x = 1.5 goes half a pixel past the middle of the last column; mirrored at its edge that is 1.5 again, then the border
    expect(at(1, -1, { padding_mode: 'reflection' })).toBe(2)
  })

  test('default: with align_corners a corner is a pixel', () => {
    expect([at(-1, -1, { align_corners: 1 }), at(1, -1, { align_corners: 1 }), at(1, 1, { align_corners: 1 })]).toEqual(
      [1, 2, 4],
    )
  })

  test('default: the nearest pixel', () => {
    expect([at(-0.4, 0.4, { mode: 'nearest' }), at(0.4, -0.4, { mode: 'nearest' })]).toEqual([3, 2])
  })

  test('default: cubic weights at a pixel are 0, 1, 0, 0', () => {
    const nine = f32([1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const mode of ['cubic', 'bicubic']) expect(at(0, 0, { mode, align_corners: 1 }, nine)).toBe(5)
  })

  test('shape: places come in the order of the grid', () => {
    const inputs = [f32([1, 2, 1, 2], [1, 3, 10, 30]), f32([1, 2, 1, 2], [-0.5, 0, 0.5, 0])]
    expect(runNode('GridSample', { inputs })).toEqual([{ dtype: 'f32', shape: [1, 2, 2, 1], values: [1, 3, 10, 30] }])
  })

  test('error: an image of three dimensions', () => {
    const volume = f32([1, 1, 1, 1, 1], [1])
    expect(() => runNode('GridSample', { inputs: [volume, f32([1, 1, 1, 1, 3], [0, 0, 0])] })).toThrow(
      'an image of rank 5',
    )
  })
})

describe('MaxUnpool', () => {
  const attributes = { kernel_shape: [2, 2], strides: [2, 2] }
  const indices: Given = { shape: [1, 1, 2, 2], values: [5, 7, 13, 15], dtype: 'i64' }

  // Both examples are of ONNX's Operators.md.
  test('default: values go back to where they were found', () => {
    const inputs = [image, indices]
    const values = [0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4]
    expect(runNode('MaxUnpool', { inputs, attributes })).toEqual([{ dtype: 'f32', shape: [1, 1, 4, 4], values }])
  })

  test('default: an output shape that is given adds a border', () => {
    const inputs = [f32([1, 1, 2, 2], [5, 6, 7, 8]), indices, i64([1, 1, 5, 5])]
    expect(firstOutput('MaxUnpool', { inputs, attributes })).toEqual(
      [
        [0, 0, 0, 0, 0],
        [0, 5, 0, 6, 0],
        [0, 0, 0, 0, 0],
        [0, 7, 0, 8, 0],
        [0, 0, 0, 0, 0],
      ].flat(),
    )
  })

  test('error: no kernel', () => {
    expect(() => runNode('MaxUnpool', { inputs: [image, indices] })).toThrow('attribute "kernel_shape" is missing')
  })
})
