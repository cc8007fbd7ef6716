import { describe, expect, test } from 'vitest'
import { f32, firstOutput, i64, runNode } from '../testing/runNode.ts'

const matrix = f32([2, 3], [1, 2, 3, 4, 5, 6])

describe('reductions', () => {
  test('default: axes by attribute before version 13 or 18, by input since', () => {
    expect(runNode('ReduceSum', { opset: 11, inputs: [matrix], attributes: { axes: [1] } })).toEqual([
      { dtype: 'f32', shape: [2, 1], values: [6, 15] },
    ])
    const attributes = { keepdims: 0 }
    expect(runNode('ReduceSum', { inputs: [matrix, i64([0])], attributes })).toEqual([
      { dtype: 'f32', shape: [3], values: [5, 7, 9] },
    ])
  })

  test('default: without axes everything, or with noop nothing', () => {
    expect(firstOutput('ReduceMax', { inputs: [matrix] })).toEqual([6])
    expect(firstOutput('ReduceMax', { inputs: [matrix], attributes: { noop_with_empty_axes: 1 } })).toEqual([
      1, 2, 3, 4, 5, 6,
    ])
  })

  test('default: mean, sum of squares, norm, product', () => {
    const inputs = [f32([1, 2], [3, 4])]
    const of = (op: string) => firstOutput(op, { inputs })
    expect(['ReduceMean', 'ReduceSumSquare', 'ReduceL2', 'ReduceL1', 'ReduceProd'].map(of)).toEqual([
      [3.5],
      [25],
      [5],
      [7],
      [12],
    ])
  })

  test('default: ArgMax takes the first of equals, or the last', () => {
    const inputs = [f32([4], [1, 7, 7, 2])]
    const attributes = { keepdims: 0 }
    expect(runNode('ArgMax', { inputs, attributes })).toEqual([{ dtype: 'i64', shape: [], values: [1] }])
    expect(firstOutput('ArgMax', { inputs, attributes: { ...attributes, select_last_index: 1 } })).toEqual([2])
  })

  test('default: more terms than a node reduces are summed in two nodes', () => {
    const count = 3 * 5000
    const inputs = [f32([count], new Array<number>(count).fill(2))]
    expect(firstOutput('ReduceSum', { inputs })).toEqual([30000])
    expect(
      firstOutput('ReduceMax', {
        inputs: [
          f32(
            [count],
            Array.from({ length: count }, (_, i) => (i * 7) % count),
          ),
        ],
      }),
    ).toEqual([count - 1])
  })

  test('default: GlobalAveragePool and GlobalLpPool keep dimensions of 1', () => {
    const image = f32([1, 1, 2, 2], [1, 1, 5, 3])
    expect(runNode('GlobalAveragePool', { inputs: [image] })[0]).toEqual({
      dtype: 'f32',
      shape: [1, 1, 1, 1],
      values: [2.5],
    })
    expect(firstOutput('GlobalLpPool', { inputs: [image] })).toEqual([6])
  })
})
