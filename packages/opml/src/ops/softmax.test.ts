import { describe, expect, test } from 'vitest'
import { softmax } from './softmax.ts'
import { viewNode } from './testing/viewNode.ts'

function run(p: { shape: number[]; axis: number; isLog?: number; data: readonly number[] }): number[] {
  const node = viewNode({ op: 'Softmax', shape: p.shape, attributes: { axis: p.axis, isLog: p.isLog ?? 0 } })
  return [...softmax.reference(node, [Float32Array.from(p.data)])] as number[]
}

const digits = (values: readonly number[]) => values.map((value) => value.toFixed(6))

describe('Softmax', () => {
  test('default: the digits of ONNX Softmax and LogSoftmax on [−1, 0, 1]', () => {
    const p = { shape: [1, 3], axis: 5, data: [-1, 0, 1] }
    expect(digits(run(p))).toEqual(['0.090031', '0.244728', '0.665241'])
    expect(digits(run({ ...p, isLog: 1 }))).toEqual(['-2.407606', '-1.407606', '-0.407606'])
  })

  test('default: along the outer dimension', () => {
    expect(run({ shape: [2, 2], axis: 4, data: [3, -200, 3, 200] })).toEqual([0.5, 0, 0.5, 1])
    expect(run({ shape: [2, 2], axis: 5, data: [3, -200, 3, 200] })).toEqual([1, 0, 0, 1])
  })

  test('edge: one element gives 1, its logarithm 0', () => {
    expect(run({ shape: [1], axis: 5, data: [-3e38] })).toEqual([1])
    expect(run({ shape: [1], axis: 5, isLog: 1, data: [-3e38] })).toEqual([0])
  })

  test('edge: −∞ takes no part, unless the row holds nothing else', () => {
    expect(run({ shape: [3], axis: 5, data: [-Infinity, 2, 2] })).toEqual([0, 0.5, 0.5])
    expect(run({ shape: [2], axis: 5, data: [-Infinity, -Infinity] })).toEqual([Number.NaN, Number.NaN])
  })

  test('edge: +∞ or a NaN makes the row NaN', () => {
    expect(run({ shape: [2, 2], axis: 5, data: [Infinity, 0, 1, 1] })).toEqual([Number.NaN, Number.NaN, 0.5, 0.5])
    expect(run({ shape: [2], axis: 5, data: [Number.NaN, 0] })).toEqual([Number.NaN, Number.NaN])
  })

  test('error: axis, class of the output, reads', () => {
    const node = viewNode({ op: 'Softmax', shape: [2, 3], attributes: { axis: 4, isLog: 0 } })
    expect(() => softmax.check(node, [6])).not.toThrow()
    expect(() => softmax.check(node, [5])).toThrow('operand a is read from element 0 to 5, it has 5 elements.')
    expect(() => softmax.check({ ...node, dtype: 'i32' }, [6])).toThrow('Softmax gives values of class f32, not i32.')
    const outside = { ...node, attributes: { axis: 3, isLog: 0 } }
    expect(() => softmax.check(outside, [6])).toThrow('the output of rank 2 has no dimension 3.')
  })
})
