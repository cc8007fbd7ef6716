import { describe, expect, test } from 'vitest'
import { InvalidProgramError } from '../graph/errors.ts'
import type { Shape } from '../graph/shape.ts'
import { conv } from './conv.ts'
import { convInteger } from './convInteger.ts'
import { countingF32, slidingNode } from './testing/slidingNode.ts'

/** A 3 × 3 kernel of ones over one image. */
function boxSum(p: {
  image: readonly [number, number]
  output: readonly [number, number]
  attributes?: Record<string, number>
}) {
  return slidingNode({
    op: 'Conv',
    dtype: 'f32',
    shape: [1, 1, 1, 1, ...p.output],
    operands: [
      ['f32', [1, 1, 1, ...p.image]],
      ['f32', [1, 1, 1, 3, 3]],
    ],
    ...(p.attributes && { attributes: p.attributes }),
  })
}
const ones = new Float32Array(9).fill(1)

describe('Conv', () => {
  test('default: the examples of ONNX Conv-11, with and without padding', () => {
    const padded = boxSum({ image: [5, 5], output: [5, 5], attributes: { padH: 1, padW: 1 } })
    expect([...conv.reference(padded, [countingF32(25), ones])]).toEqual(
      [
        [12, 21, 27, 33, 24],
        [33, 54, 63, 72, 51],
        [63, 99, 108, 117, 81],
        [93, 144, 153, 162, 111],
        [72, 111, 117, 123, 84],
      ].flat(),
    )
    const valid = boxSum({ image: [5, 5], output: [3, 3] })
    expect([...conv.reference(valid, [countingF32(25), ones])]).toEqual([54, 63, 72, 99, 108, 117, 144, 153, 162])
  })

  test('default: the examples of ONNX Conv-11 with stride 2, even and uneven padding', () => {
    const strides = { strideH: 2, strideW: 2 }
    const even = boxSum({ image: [7, 5], output: [4, 3], attributes: { ...strides, padH: 1, padW: 1 } })
    expect([...conv.reference(even, [countingF32(35), ones])]).toEqual([
      12, 27, 24, 63, 108, 81, 123, 198, 141, 112, 177, 124,
    ])
    const uneven = boxSum({ image: [7, 5], output: [4, 2], attributes: { ...strides, padH: 1 } })
    expect([...conv.reference(uneven, [countingF32(35), ones])]).toEqual([21, 33, 99, 117, 189, 207, 171, 183])
  })

  test('default: two groups of two channels, dilation 2', () => {
    const node = slidingNode({
      op: 'Conv',
      dtype: 'f32',
      shape: [1, 2, 1, 1, 1, 1],
      operands: [
        ['f32', [1, 4, 1, 1, 3]],
        ['f32', [2, 2, 1, 1, 2]],
      ],
      attributes: { dilationW: 2 },
    })
    // group 0: 0·1 + 2·2 + 3·3 + 5·4; group 1: 6·5 + 8·6 + 9·7 + 11·8
    expect([...conv.reference(node, [countingF32(12), countingF32(8, 1)])]).toEqual([33, 229])
  })

  test('edge: the padding takes part, so that an infinite weight gives NaN there', () => {
    const node = slidingNode({
      op: 'Conv',
      dtype: 'f32',
      shape: [1, 1, 1, 1, 1, 2],
      operands: [
        ['f32', [1, 1, 1, 1, 1]],
        ['f32', [1, 1, 1, 1, 1]],
      ],
    })
    expect([...conv.reference(node, [Float32Array.of(1), Float32Array.of(Number.POSITIVE_INFINITY)])]).toEqual([
      Infinity,
      Number.NaN,
    ])
  })

  test('edge: the order of the sum is that of 16 lanes', () => {
    const node = slidingNode({
      op: 'Conv',
      dtype: 'f32',
      shape: [1, 1, 1, 1, 1, 1],
      operands: [
        ['f32', [1, 17, 1, 1, 1]],
        ['f32', [1, 17, 1, 1, 1]],
      ],
    })
    const a = new Float32Array(17)
    a.set([2 ** 24, 1])
    a[16] = -(2 ** 24)
    // Lane 0: 2^24 − 2^24 = 0, lane 1: 1. From left to right 2^24 + 1 − 2^24 would be 0.
    expect([...conv.reference(node, [a, new Float32Array(17).fill(1)])]).toEqual([1])
  })

  const good = { output: [1, 2, 3, 1, 1, 1], a: [1, 8, 1, 5, 5], b: [6, 4, 1, 3, 3] }
  const nodeOf = (p: { output: Shape; a: Shape; b: Shape }, attributes: Record<string, number> = {}) =>
    slidingNode({
      op: 'Conv',
      dtype: 'f32',
      shape: p.output,
      operands: [
        ['f32', p.a],
        ['f32', p.b],
      ],
      attributes,
    })
  test.each<[string, Partial<typeof good>, Record<string, number>]>([
    ['an output of rank 5', { output: [1, 6, 1, 1, 1] }, {}],
    ['an a of rank 4', { a: [1, 8, 5, 5] }, {}],
    ['another batch', { a: [2, 8, 1, 5, 5] }, {}],
    ['other input channels', { a: [1, 4, 1, 5, 5] }, {}],
    ['other output channels', { b: [5, 4, 1, 3, 3] }, {}],
    ['positions beyond 31 bits', {}, { dilationW: 2 ** 30 }],
  ])('error: refuses %s', (_, change, attributes) => {
    expect(() => conv.check(nodeOf(good), [])).not.toThrow()
    expect(() => conv.check(nodeOf({ ...good, ...change }, attributes), [])).toThrow(InvalidProgramError)
  })
})

describe('ConvInteger', () => {
  const node = (output: number, attributes: Record<string, number>) =>
    slidingNode({
      op: 'ConvInteger',
      dtype: 'i32',
      shape: [1, 1, 1, 1, output, output],
      operands: [
        ['u8', [1, 1, 1, 3, 3]],
        ['u8', [1, 1, 1, 2, 2]],
      ],
      attributes: { zeroA: 1, zeroB: 0, accumulator: 0, ...attributes },
    })
  const operands = [Uint8Array.of(2, 3, 4, 5, 6, 7, 8, 9, 10), Uint8Array.of(1, 1, 1, 1)]

  test('default: the examples of ONNX ConvInteger-10, with and without padding', () => {
    expect(convInteger.reference(node(2, {}), operands)).toEqual(Int32Array.of(12, 16, 24, 28))
    expect([...convInteger.reference(node(4, { padH: 1, padW: 1 }), operands)]).toEqual(
      [
        [1, 3, 5, 3],
        [5, 12, 16, 9],
        [11, 24, 28, 15],
        [7, 15, 17, 9],
      ].flat(),
    )
  })
})
