import { describe, expect, test } from 'vitest'
import { type AttributeInput, contextOf } from '../testing/runNode.ts'
import { threeOf, windowAttributes, windowOf } from './windows.ts'

const windowIn = (
  input: readonly number[],
  kernel: readonly number[],
  attributes: Record<string, AttributeInput> = {},
) => windowOf(contextOf({ attributes }), { input, kernel })

describe('windowOf', () => {
  test('default: strides and dilations of 1, no padding', () => {
    expect(windowIn([32], [2])).toEqual({
      kernel: [2],
      strides: [1],
      dilations: [1],
      padBegin: [0],
      padEnd: [0],
      out: [31],
    })
  })

  // Sizes of the pooling examples in ONNX's Operators.md.
  test.each([
    ['pads', [28, 28], [3, 3], { pads: [2, 2, 2, 2] }, [30, 30]],
    ['strides', [32, 32], [5, 5], { strides: [3, 3] }, [10, 10]],
    ['dilations', [4, 4], [2, 2], { dilations: [2, 2] }, [2, 2]],
    ['ceil_mode', [4, 4], [3, 3], { strides: [2, 2], ceil_mode: 1 }, [2, 2]],
    ['ceil_mode, a last window behind the input', [2, 2], [1, 1], { strides: [2, 2], ceil_mode: 1 }, [1, 1]],
  ] as const)('default: %s', (_, input, kernel, attributes, out) => {
    expect(windowIn(input, kernel, attributes).out).toEqual(out)
  })

  test('default: SAME gives the odd one to the end or to the beginning', () => {
    const upper = windowIn([32], [2], { auto_pad: 'SAME_UPPER' })
    const lower = windowIn([32], [2], { auto_pad: 'SAME_LOWER' })
    expect([upper.padBegin, upper.padEnd, upper.out]).toEqual([[0], [1], [32]])
    expect([lower.padBegin, lower.padEnd, lower.out]).toEqual([[1], [0], [32]])
    expect(windowIn([5], [3], { auto_pad: 'SAME_UPPER', strides: [2] }).out).toEqual([3])
    expect(windowIn([5], [3], { auto_pad: 'VALID', strides: [2] }).out).toEqual([2])
  })

  test('edge: empty lists count as not given', () => {
    expect(windowIn([4], [2], { strides: [], pads: [] }).out).toEqual([3])
  })

  test('error: lists that do not fit the dimensions', () => {
    expect(() => windowIn([4, 4], [2, 2], { strides: [2] })).toThrow(
      'attribute "strides" has 1 entries, it must have 2',
    )
    expect(() => windowIn([4, 4], [2, 2], { dilations: [1, 1, 1] })).toThrow('"dilations" has 3 entries')
    expect(() => windowIn([4, 4], [2, 2], { pads: [1, 1] })).toThrow('attribute "pads" has 2 entries, it must have 4')
    expect(() => windowIn([4, 4], [2])).toThrow('a kernel of [2] over 2 dimensions')
  })

  test('error: a window that does not fit, four dimensions, a padding that is none', () => {
    expect(() => windowIn([2], [3])).toThrow('a window of [3] over [2]')
    expect(() => windowIn([1, 1, 1, 1], [1, 1, 1, 1])).toThrow('4 spatial dimensions')
    expect(() => windowIn([2], [1], { auto_pad: 'SAME' })).toThrow('auto_pad SAME')
  })
})

test('default: three numbers, the missing ones in front', () => {
  expect([threeOf([], 1), threeOf([5], 1), threeOf([4, 5], 0), threeOf([3, 4, 5], 0)]).toEqual([
    [1, 1, 1],
    [1, 1, 5],
    [0, 4, 5],
    [3, 4, 5],
  ])
})

test('default: attributes of the operators of windows', () => {
  expect(windowAttributes({ strides: [2, 3], dilations: [4, 5], padBegin: [6, 7] })).toEqual({
    strideD: 1,
    strideH: 2,
    strideW: 3,
    dilationD: 1,
    dilationH: 4,
    dilationW: 5,
    padD: 0,
    padH: 6,
    padW: 7,
  })
})
