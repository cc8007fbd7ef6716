import { describe, expect, test } from 'vitest'
import { argmax, denseF32, reluF32, softmaxF32 } from './f32Kernels.ts'

describe('denseF32', () => {
  test('default: 2 outputs of 3 inputs', () => {
    const layer = { weight: Float32Array.of(1, 2, 3, -1, 0.5, 4), bias: Float32Array.of(10, -10) }
    expect(denseF32(layer, Float32Array.of(1, 10, 100))).toEqual(Float32Array.of(331, 394))
  })

  test('property: the order of the sum is 16 lanes, then 8, 4, 2, 1', () => {
    // 2^24 + 1 is a tie and stays 2^24. Lane 0 holds 2^24 + 1 + 1 = 2^24 one by one, while 1 + 1 first would give 2^24 + 2.
    const x = new Float32Array(33).fill(0)
    x[0] = 2 ** 24
    x[16] = 1
    x[32] = 1
    const layer = { weight: new Float32Array(33).fill(1), bias: Float32Array.of(0) }
    expect(denseF32(layer, x)).toEqual(Float32Array.of(2 ** 24))
    const apart = new Float32Array(33).fill(0)
    apart[0] = 2 ** 24
    apart[1] = 1
    apart[9] = 1 // lane 1 += lane 9 comes before lane 0 += lane 1
    expect(denseF32(layer, apart)).toEqual(Float32Array.of(2 ** 24 + 2))
  })

  test('edge: products that are not finite', () => {
    const of = (w: number, x: number) =>
      denseF32({ weight: Float32Array.of(w), bias: Float32Array.of(0) }, Float32Array.of(x))[0]
    expect(of(Number.POSITIVE_INFINITY, 0)).toBeNaN()
    expect(of(3e38, 10)).toBe(Number.POSITIVE_INFINITY)
    expect(Object.is(of(-1, 0), 0)).toBe(true) // +0 + -0 = +0
  })
})

describe('the other kernels', () => {
  test('default: reluF32', () => {
    expect(reluF32(Float32Array.of(1.5, -1, -0, 0, Number.NaN, Number.NEGATIVE_INFINITY))).toEqual(
      Float32Array.of(1.5, 0, 0, 0, Number.NaN, 0),
    )
  })

  test('default: argmax takes the first of equals and no NaN', () => {
    expect(argmax(Float32Array.of(1, 3, 3, 2))).toBe(1)
    expect(argmax(Float32Array.of(Number.NaN, -5, Number.NaN))).toBe(1)
    expect(argmax(Float32Array.of(Number.NaN, Number.NaN))).toBe(0)
    expect(argmax(Int16Array.of(-3, -1, -2))).toBe(1)
  })

  test('default: softmaxF32 of equal logits and of a sure one', () => {
    expect(softmaxF32(Float32Array.of(7, 7, 7, 7))).toEqual(Float32Array.of(0.25, 0.25, 0.25, 0.25))
    expect(softmaxF32(Float32Array.of(0, 200))).toEqual(Float32Array.of(0, 1))
  })
})
