import { describe, expect, test } from 'vitest'
import type { Dtype } from '../graph/dtype.ts'
import type { Elements } from './elements.ts'
import { sort } from './sort.ts'
import { viewNode } from './testing/viewNode.ts'

function run(p: { shape: number[]; axis?: number; isDescending?: number; dtype?: Dtype; data: Elements }): unknown[] {
  const attributes = { axis: p.axis ?? 5, isDescending: p.isDescending ?? 0 }
  const node = viewNode({ op: 'Sort', shape: p.shape, dtype: p.dtype ?? 'f32', attributes, out: 'i32' })
  return [...sort.reference(node, [p.data])]
}

describe('Sort', () => {
  test('default: the rows of ONNX TopK, greatest and smallest first', () => {
    const data = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 11, 10, 9, 8)
    expect(run({ shape: [3, 4], isDescending: 1, data })).toEqual([3, 2, 1, 0, 3, 2, 1, 0, 0, 1, 2, 3])
    expect(run({ shape: [3, 4], data })).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 3, 2, 1, 0])
  })

  test('default: along the outer dimension', () => {
    expect(run({ shape: [3, 2], axis: 4, data: Float32Array.of(3, 1, 1, 3, 2, 2) })).toEqual([1, 0, 2, 2, 0, 1])
  })

  test('edge: equal elements keep their order both ways, −0 equals +0', () => {
    const data = Float32Array.of(0, 1, -0, 1, 0)
    expect(run({ shape: [5], data })).toEqual([0, 2, 4, 1, 3])
    expect(run({ shape: [5], isDescending: 1, data })).toEqual([1, 3, 0, 2, 4])
  })

  test('edge: NaN is above all', () => {
    const data = Float32Array.of(Number.NaN, Infinity, -Infinity, Number.NaN)
    expect(run({ shape: [4], data })).toEqual([2, 1, 0, 3])
    expect(run({ shape: [4], isDescending: 1, data })).toEqual([0, 3, 1, 2])
  })

  test('edge: integers as their dtype holds them', () => {
    expect(run({ shape: [3], dtype: 'i32', data: Int32Array.of(-1, 1, 0) })).toEqual([0, 2, 1])
    expect(run({ shape: [3], dtype: 'u32', data: Uint32Array.of(2 ** 32 - 1, 1, 0) })).toEqual([2, 1, 0])
    expect(run({ shape: [2], dtype: 'u64', data: BigUint64Array.of(2n ** 63n, 1n) })).toEqual([1, 0])
    expect(run({ shape: [2], dtype: 'i64', data: BigInt64Array.of(-(2n ** 63n), 1n) })).toEqual([0, 1])
  })

  test('error: axis, positions, reads', () => {
    const attributes = { axis: 4, isDescending: 0 }
    const node = viewNode({ op: 'Sort', shape: [2, 3], attributes, out: 'i64' })
    expect(() => sort.check(node, [6])).not.toThrow()
    expect(() => sort.check(node, [5])).toThrow('operand a is read from element 0 to 5, it has 5 elements.')
    expect(() => sort.check({ ...node, dtype: 'f32' }, [6])).toThrow('Sort gives positions as i32 or i64, not f32.')
    const outside = { ...node, attributes: { ...attributes, axis: 3 } }
    expect(() => sort.check(outside, [6])).toThrow('the output of rank 2 has no dimension 3.')
  })
})
