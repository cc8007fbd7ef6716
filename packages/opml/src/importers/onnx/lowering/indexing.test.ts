import { describe, expect, test } from 'vitest'
import { f32, firstOutput, type Given, i64, runNode } from '../testing/runNode.ts'

const matrix = f32([2, 3], [1, 2, 3, 4, 5, 6])
const indices = (shape: readonly number[], values: readonly number[]): Given => ({ shape, values, dtype: 'i64' })

describe('indexing', () => {
  test('default: Gather rows, columns, and from the end', () => {
    expect(firstOutput('Gather', { inputs: [matrix, indices([2], [1, 0])] })).toEqual([4, 5, 6, 1, 2, 3])
    expect(firstOutput('Gather', { inputs: [matrix, indices([2], [-1, 0])], attributes: { axis: 1 } })).toEqual([
      3, 1, 6, 4,
    ])
  })

  test('default: GatherND by whole tuples and by rows', () => {
    expect(firstOutput('GatherND', { inputs: [matrix, indices([2, 2], [0, 2, 1, 0])] })).toEqual([3, 4])
    expect(firstOutput('GatherND', { inputs: [matrix, indices([1, 1], [1])] })).toEqual([4, 5, 6])
  })

  test('default: ScatterND puts, adds', () => {
    const inputs = [f32([4], [1, 2, 3, 4]), indices([2, 1], [3, 3]), f32([2], [10, 20])]
    expect(firstOutput('ScatterND', { inputs })).toEqual([1, 2, 3, 20])
    expect(firstOutput('ScatterND', { inputs, attributes: { reduction: 'add' } })).toEqual([1, 2, 3, 34])
  })

  test('default: ScatterElements along an axis', () => {
    const inputs = [matrix, indices([1, 2], [2, 0]), f32([1, 2], [9, 8])]
    expect(firstOutput('ScatterElements', { inputs, attributes: { axis: 1 } })).toEqual([8, 2, 9, 4, 5, 6])
  })

  test('default: TopK by attribute in version 1, by input since 10', () => {
    const x = f32([4], [3, 1, 4, 1])
    const old = runNode('TopK', { opset: 9, inputs: [x], attributes: { k: 2 }, numOutputs: 2 })
    expect(old.map(({ values }) => values)).toEqual([
      [4, 3],
      [2, 0],
    ])
    const least = runNode('TopK', { inputs: [x, i64([2])], attributes: { largest: 0 }, numOutputs: 2 })
    expect(least.map(({ values }) => values)).toEqual([
      [1, 1],
      [1, 3],
    ])
  })

  test('default: OneHot, CumSum, Trilu, Concat', () => {
    const hot = [indices([2], [1, -1]), i64([3]), f32([2], [0, 5])]
    expect(firstOutput('OneHot', { inputs: hot })).toEqual([0, 5, 0, 0, 0, 5])
    expect(firstOutput('CumSum', { inputs: [f32([3], [1, 2, 3]), i64([0])], attributes: { exclusive: 1 } })).toEqual([
      0, 1, 3,
    ])
    expect(firstOutput('Trilu', { inputs: [f32([2, 2], [1, 2, 3, 4])] })).toEqual([1, 2, 0, 4])
    expect(firstOutput('Concat', { inputs: [f32([1], [1]), f32([2], [2, 3])], attributes: { axis: 0 } })).toEqual([
      1, 2, 3,
    ])
  })

  test('default: Range and NonZero of known inputs', () => {
    const scalar = (value: number): Given => ({ shape: [], values: [value], dtype: 'i64', isKnown: true })
    expect(firstOutput('Range', { inputs: [scalar(10), scalar(3), scalar(-3)] })).toEqual([10, 7, 4])
    expect(firstOutput('NonZero', { inputs: [{ ...f32([2, 2], [0, 1, 1, 0]), isKnown: true }] })).toEqual([0, 1, 1, 0])
  })

  test('error: a shape that depends on data names the remedy', () => {
    expect(() => runNode('NonZero', { inputs: [matrix] })).toThrow('--bind')
  })
})
