import { describe, expect, test } from 'vitest'
import { pow32 } from './pow32.ts'

const INFINITY = Number.POSITIVE_INFINITY

describe('pow32', () => {
  test('default: exact powers are exact', () => {
    expect([pow32(2, 10), pow32(3, 4), pow32(-2, 3), pow32(4, 0.5), pow32(2, -149), pow32(10, -1)]).toEqual([
      1024,
      81,
      -8,
      2,
      2 ** -149,
      Math.fround(0.1),
    ])
  })

  test('edge: just above and below one', () => {
    // (1 + 2^-23)^(2^23) = e (1 - 2^-24 + ...) = 2.7182817; (1 - 2^-24)^(2^24) = e^-1 (1 - 2^-25 - ...)
    expect(pow32(1 + 2 ** -23, 2 ** 23)).toBe(Math.fround(2.7182816664))
    expect(pow32(1 - 2 ** -24, 2 ** 24)).toBe(Math.fround(0.3678794302))
  })

  // ISO/IEC 9899:2011 F.10.4.4
  test.each([
    [0, -3, INFINITY],
    [-0, -3, -INFINITY],
    [-0, -2, INFINITY],
    [0, -INFINITY, INFINITY],
    [-0, 3, -0],
    [-0, 2, 0],
    [-1, INFINITY, 1],
    [-1, -INFINITY, 1],
    [1, Number.NaN, 1],
    [Number.NaN, 0, 1],
    [Number.NaN, -0, 1],
    [-2, 0.5, Number.NaN],
    [-2, -0.5, Number.NaN],
    [0.5, -INFINITY, INFINITY],
    [2, -INFINITY, 0],
    [0.5, INFINITY, 0],
    [2, INFINITY, INFINITY],
    [-2, INFINITY, INFINITY],
    [-INFINITY, -3, -0],
    [-INFINITY, -2.5, 0],
    [-INFINITY, 3, -INFINITY],
    [-INFINITY, 2.5, INFINITY],
    [INFINITY, -1, 0],
    [INFINITY, 0.5, INFINITY],
    [Number.NaN, 1, Number.NaN],
    [2, Number.NaN, Number.NaN],
  ])('edge: %d to the power %d is %d', (x, y, expected) => {
    expect(pow32(x, y)).toBe(expected)
  })

  test('edge: a negative base with exponents around 2^24, where the odd numbers end', () => {
    expect(pow32(-1, 2 ** 24 - 1)).toBe(-1)
    expect(pow32(-1, 2 ** 24)).toBe(1)
    expect(pow32(-1, 2 ** 23 + 1)).toBe(-1)
    expect(pow32(-1, 2 ** 22 + 0.5)).toBeNaN()
  })

  test('edge: overflow and underflow at the last place', () => {
    expect(pow32(2, 128)).toBe(INFINITY)
    expect(pow32(2, Math.fround(127.99999))).toBeLessThan(INFINITY)
    expect(pow32(2, -150)).toBe(0) // a tie, to even
    expect(pow32(2, Math.fround(-149.9999))).toBe(2 ** -149)
  })
})
