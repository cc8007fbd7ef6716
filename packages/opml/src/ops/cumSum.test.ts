import { describe, expect, test } from 'vitest'
import { cumSum } from './cumSum.ts'
import { viewNode } from './testing/viewNode.ts'

function run(p: {
  shape: number[]
  axis: number
  isExclusive?: number
  isReverse?: number
  data: readonly number[]
}): number[] {
  const attributes = { axis: p.axis, isExclusive: p.isExclusive ?? 0, isReverse: p.isReverse ?? 0 }
  const node = viewNode({ op: 'CumSum', shape: p.shape, attributes })
  return [...cumSum.reference(node, [Float32Array.from(p.data)])] as number[]
}

const oneToFive = { shape: [5], axis: 5, data: [1, 2, 3, 4, 5] }
const oneToSix = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }

describe('CumSum', () => {
  test('default: the four forms of ONNX CumSum on 1 … 5', () => {
    expect(run(oneToFive)).toEqual([1, 3, 6, 10, 15])
    expect(run({ ...oneToFive, isExclusive: 1 })).toEqual([0, 1, 3, 6, 10])
    expect(run({ ...oneToFive, isReverse: 1 })).toEqual([15, 14, 12, 9, 5])
    expect(run({ ...oneToFive, isExclusive: 1, isReverse: 1 })).toEqual([14, 12, 9, 5, 0])
  })

  test('default: both axes of ONNX CumSum on 2 × 3', () => {
    expect(run({ ...oneToSix, axis: 4 })).toEqual([1, 2, 3, 5, 7, 9])
    expect(run({ ...oneToSix, axis: 5 })).toEqual([1, 3, 6, 4, 9, 15])
  })

  test('edge: additions one by one, the first term as it is', () => {
    expect(run({ shape: [3], axis: 5, data: [2 ** 24, 1, 1] })).toEqual([2 ** 24, 2 ** 24, 2 ** 24])
    expect(run({ shape: [3], axis: 5, isReverse: 1, data: [2 ** 24, 1, 1] })).toEqual([2 ** 24 + 2, 2, 1])
    expect(run({ shape: [2], axis: 5, data: [-0, -0] })).toEqual([-0, -0])
    expect(run({ shape: [2], axis: 5, isExclusive: 1, data: [-0, -0] })).toEqual([0, -0])
  })

  test('edge: integers wrap', () => {
    const attributes = { axis: 5, isExclusive: 0, isReverse: 0 }
    const i32 = viewNode({ op: 'CumSum', shape: [2], dtype: 'i32', attributes })
    expect([...cumSum.reference(i32, [Int32Array.of(2 ** 31 - 1, 1)])]).toEqual([2 ** 31 - 1, -(2 ** 31)])
    const i64 = viewNode({ op: 'CumSum', shape: [2], dtype: 'i64', attributes })
    expect([...cumSum.reference(i64, [BigInt64Array.of(-1n, 2n)])]).toEqual([-1n, 1n])
  })

  test('error: axis, class of the output, reads', () => {
    const node = viewNode({ op: 'CumSum', shape: [2, 3], attributes: { axis: 4, isExclusive: 0, isReverse: 0 } })
    expect(() => cumSum.check(node, [6])).not.toThrow()
    expect(() => cumSum.check(node, [5])).toThrow('operand a is read from element 0 to 5, it has 5 elements.')
    expect(() => cumSum.check({ ...node, dtype: 'i64' }, [6])).toThrow('CumSum gives values of class f32, not i64.')
    const outside = { ...node, attributes: { ...node.attributes, axis: 0 } }
    expect(() => cumSum.check(outside, [6])).toThrow('the output of rank 2 has no dimension 0.')
  })
})
