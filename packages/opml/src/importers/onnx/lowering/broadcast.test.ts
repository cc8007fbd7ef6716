import { describe, expect, test } from 'vitest'
import { contextOf } from '../testing/runNode.ts'
import { broadcastShape } from './broadcast.ts'

const context = contextOf()
const shapeOf = (...shapes: number[][]) =>
  broadcastShape(
    context,
    shapes.map((shape) => ({ shape })),
  )

describe('broadcastShape', () => {
  // The examples of ONNX's Broadcasting.md.
  test.each([
    [[2, 3, 4, 5], []],
    [[2, 3, 4, 5], [5]],
    [
      [4, 5],
      [2, 3, 4, 5],
    ],
    [
      [1, 4, 5],
      [2, 3, 1, 1],
    ],
    [
      [3, 4, 5],
      [2, 1, 1, 1],
    ],
  ])('default: %j and %j', (a, b) => {
    expect(shapeOf(a, b)).toEqual([2, 3, 4, 5])
    expect(shapeOf(b, a)).toEqual([2, 3, 4, 5])
  })

  test('edge: an empty dimension wins over 1', () => {
    expect(shapeOf([0, 1], [1, 3])).toEqual([0, 3])
  })

  test('edge: none, one and three', () => {
    expect([shapeOf(), shapeOf([7]), shapeOf([2, 1], [1, 3], [4, 1, 1])]).toEqual([[], [7], [4, 2, 3]])
  })

  test('error: names the shapes', () => {
    expect(() => shapeOf([2, 3], [4])).toThrow('shapes [2, 3] and [4] do not broadcast')
    expect(() => shapeOf([0], [2])).toThrow('shapes [0] and [2] do not broadcast')
  })
})
