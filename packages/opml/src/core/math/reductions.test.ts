import { describe, expect, test } from 'vitest'
import { foldLanes, orderedDot, orderedSum } from './orderedSum.ts'
import { requantize, scaleAccumulator } from './requantize.ts'

describe('orderedSum', () => {
  test('default: 1 + 2 + … + 40', () => {
    expect(orderedSum(Float32Array.from({ length: 40 }, (_, i) => i + 1))).toBe(820)
  })

  test('property: lanes first, upward; then 8, 4, 2, 1', () => {
    // 2^24 + 1 is a tie and stays 2^24. In lane 0 2^24 + 1 + 1 = 2^24; in lanes 0 and 8 2^24 + (1 + 1) = 2^24 + 2.
    const x = new Float32Array(48)
    x[0] = 2 ** 24
    x[16] = 1
    x[32] = 1
    expect(orderedSum(x)).toBe(2 ** 24)
    x[16] = 0
    x[32] = 0
    x[8] = 1
    x[24] = 1
    expect(orderedSum(x)).toBe(2 ** 24 + 2)
    x[24] = 0
    x[4] = 1 // lane 8 is folded before lane 4: both ones are lost
    expect(orderedSum(x)).toBe(2 ** 24)
  })

  test('edge: nothing is +0; −0 alone is +0 too', () => {
    expect(orderedSum(new Float32Array())).toBe(0)
    expect(orderedSum(Float32Array.of(-0))).toBe(0)
  })

  test('default: foldLanes adds 16 lanes', () => {
    expect(foldLanes(Float32Array.from({ length: 16 }, (_, i) => 2 ** i))).toBe(65535)
  })
})

test('property: orderedDot rounds each product before it adds', () => {
  // (1 + 2^-23)^2 = 1 + 2^-22 + 2^-46; fused, the last term would stay in the sum with -(1 + 2^-22).
  const x = new Float32Array(17)
  const y = new Float32Array(17)
  x[0] = -(1 + 2 ** -22)
  y[0] = 1
  x[16] = y[16] = 1 + 2 ** -23
  expect(orderedDot(x, y)).toBe(0)
})

describe('requantize', () => {
  test('default: ties to even', () => {
    const half = { multiplier: 1, shift: 1 }
    expect([1, 3, 5, -1, -3, -5].map((acc) => scaleAccumulator(acc, half))).toEqual([0n, 2n, 2n, 0n, -2n, -2n])
    expect(requantize(1000, { multiplier: 2 ** 30, shift: 33, zeroPoint: -3 }, 'i8')).toBe(122)
  })

  test('edge: the ends of every parameter', () => {
    const least = -(2 ** 31)
    expect(scaleAccumulator(least, { multiplier: least, shift: 0 })).toBe(2n ** 62n)
    expect(scaleAccumulator(least, { multiplier: least, shift: 62 })).toBe(1n)
    expect(scaleAccumulator(least, { multiplier: 2 ** 30, shift: 62 })).toBe(0n) // -1/2, to even
    expect(requantize(least, { multiplier: 2 ** 31 - 1, shift: 0 }, 'i8')).toBe(-128)
    expect(requantize(-5, { multiplier: 1, shift: 0 }, 'u8')).toBe(0)
    expect(requantize(300, { multiplier: 1, shift: 0 }, 'u8')).toBe(255)
  })
})

describe('scaleAccumulator', () => {
  test('default: ties go to even, on both sides of zero', () => {
    const half = (acc: number) => Number(scaleAccumulator(acc, { multiplier: 1, shift: 1 }))
    expect([1, 3, 5, -1, -3, -5, 2, -2].map(half)).toEqual([0, 2, 2, 0, -2, -2, 1, -1])
  })

  test('edge: shifts 0 and 62, greatest operands', () => {
    expect(scaleAccumulator(-7, { multiplier: 3, shift: 0 })).toBe(-21n)
    expect(scaleAccumulator(-0x80000000, { multiplier: 0x7fffffff, shift: 0 })).toBe(-4611686016279904256n)
    expect(scaleAccumulator(-0x80000000, { multiplier: 0x7fffffff, shift: 62 })).toBe(-1n)
    expect(scaleAccumulator(0x40000000, { multiplier: 0x40000000, shift: 62 })).toBe(0n) // 2^60 / 2^62 = 1/4
    expect(scaleAccumulator(0x7fffffff, { multiplier: 0x7fffffff, shift: 62 })).toBe(1n)
  })
})
