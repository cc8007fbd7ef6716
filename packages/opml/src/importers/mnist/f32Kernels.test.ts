// oxlint-disable no-restricted-properties -- the exact exponential of the engine, in double precision, is what the f32 one is measured against
import { describe, expect, test } from 'vitest'
import { argmax, denseF32, expF32, f32Bits, f32FromBits, foldLanesF32, reluF32, softmaxF32 } from './f32Kernels.ts'

describe('f32Bits', () => {
  test('default: published bit patterns', () => {
    expect([1, -2, 0, -0, Number.POSITIVE_INFINITY].map(f32Bits)).toEqual([
      0x3f800000, 0xc0000000, 0, 0x80000000, 0x7f800000,
    ])
  })

  test('edge: every NaN has one pattern', () => {
    expect([f32FromBits(0x7f800001), f32FromBits(0xffffffff), Number.NaN].map(f32Bits)).toEqual([
      0x7fc00000, 0x7fc00000, 0x7fc00000,
    ])
  })
})

describe('expF32', () => {
  test('default: 1, e and its powers, rounded to f32', () => {
    // e = 2.718281828…, e^-1 = 0.3678794411…, e^10 = 22026.4657948…
    expect([0, -0, 1, -1, 10].map(expF32)).toEqual([1, 1, 2.718281828, 0.3678794411, 22026.4657948].map(Math.fround))
  })

  test('edge: limits of the range', () => {
    expect([-105, -104, Number.NEGATIVE_INFINITY].map(expF32)).toEqual([0, 0, 0])
    expect(expF32(-103)).toBe(2 ** -149) // e^-103 = 1.85e-45, between 1 and 1.5 times the least subnormal
    expect(expF32(88.72283)).toBeLessThan(Number.POSITIVE_INFINITY)
    expect([88.72284, 89, 90, Number.POSITIVE_INFINITY].map((x) => expF32(Math.fround(x)))).toEqual(
      Array.from({ length: 4 }, () => Number.POSITIVE_INFINITY),
    )
    expect(expF32(Number.NaN)).toBeNaN()
  })

  test('property: within 1.03 ulp of the exact exponential on 200,000 values of the whole range', () => {
    // The double exponential is exact to 2^-29 of an f32 ulp; values in steps of an irrational number miss no binade for long.
    let worst = 0
    for (let i = 0; i < 200_000; i++) {
      const x = Math.fround(((i * 0.6180339887498949) % 1) * 192 - 103.5)
      const exact = Math.exp(x)
      if (exact > 3.4028234e38) continue
      const ulp = Math.max(2 ** -149, 2 ** (Math.floor(Math.log2(exact)) - 23))
      worst = Math.max(worst, Math.abs(expF32(x) - exact) / ulp)
    }
    expect(worst).toBeLessThan(1.03)
  })
})

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
  test('default: foldLanesF32 adds all lanes', () => {
    expect(foldLanesF32(Float32Array.from({ length: 16 }, (_, i) => i))).toBe(120)
  })

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
