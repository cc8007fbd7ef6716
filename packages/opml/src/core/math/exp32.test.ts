// oxlint-disable no-restricted-properties -- the exact exponential of the engine, in double precision, is what the f32 one is measured against
import { describe, expect, test } from 'vitest'
import { exp32 } from './exp32.ts'

describe('exp32', () => {
  test('default: 1, e and its powers, rounded to f32', () => {
    // e = 2.718281828…, e^-1 = 0.3678794411…, e^10 = 22026.4657948…
    expect([0, -0, 1, -1, 10].map(exp32)).toEqual([1, 1, 2.718281828, 0.3678794411, 22026.4657948].map(Math.fround))
  })

  test('edge: limits of the range', () => {
    expect([-105, -104, Number.NEGATIVE_INFINITY].map(exp32)).toEqual([0, 0, 0])
    expect(exp32(-103)).toBe(2 ** -149) // e^-103 = 1.85e-45, between 1 and 1.5 times the least subnormal
    expect(exp32(88.72283)).toBeLessThan(Number.POSITIVE_INFINITY)
    expect([88.72284, 89, 90, Number.POSITIVE_INFINITY].map((x) => exp32(Math.fround(x)))).toEqual(
      Array.from({ length: 4 }, () => Number.POSITIVE_INFINITY),
    )
    expect(exp32(Number.NaN)).toBeNaN()
  })

  test('property: within 1.03 ulp of the exact exponential on 200,000 values of the whole range', () => {
    // The double exponential is exact to 2^-29 of an f32 ulp; values in steps of an irrational number miss no binade for long.
    let worst = 0
    for (let i = 0; i < 200_000; i++) {
      const x = Math.fround(((i * 0.6180339887498949) % 1) * 192 - 103.5)
      const exact = Math.exp(x)
      if (exact > 3.4028234e38) continue
      const ulp = Math.max(2 ** -149, 2 ** (Math.floor(Math.log2(exact)) - 23))
      worst = Math.max(worst, Math.abs(exp32(x) - exact) / ulp)
    }
    expect(worst).toBeLessThan(1.03)
  })
})
