import { describe, expect, test } from 'vitest'
import { bf16ToF32, f32ToBf16 } from './bf16.ts'
import { f16ToF32, f32ToF16 } from './f16.ts'
import { f32Bits, f32FromBits } from './f32Bits.ts'
import { f32ToInteger } from './f32ToInteger.ts'
import { hexFloat } from './hexFloat.ts'
import { maxF32, minF32 } from './minMax.ts'
import { roundHalfEven } from './roundHalfEven.ts'

const INFINITY = Number.POSITIVE_INFINITY

describe('f16', () => {
  test('default: published patterns', () => {
    // IEEE 754-2019 table of binary16: 1, -2, 65504, 2^-14, 2^-24, 1/3
    expect([0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555].map(f16ToF32)).toEqual([
      1,
      -2,
      65504,
      2 ** -14,
      2 ** -24,
      0.333251953125,
    ])
    expect([1, -2, 65504, 2 ** -14, 2 ** -24, Math.fround(1 / 3)].map(f32ToF16)).toEqual([
      0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555,
    ])
  })

  test('edge: ties go to even, overflow to infinity', () => {
    expect([2049, 2051, 65519.99609375, 65520, INFINITY, -INFINITY].map(f32ToF16)).toEqual([
      0x6800, 0x6802, 0x7bff, 0x7c00, 0x7c00, 0xfc00,
    ])
    expect([2 ** -25, 2 ** -25 * (1 + 2 ** -23), 3 * 2 ** -25, 2 ** -149, -0].map(f32ToF16)).toEqual([
      0, 1, 2, 0, 0x8000,
    ])
    expect(f32ToF16(f32FromBits(0x387fdfff))).toBe(0x03ff) // just below the tie between the greatest subnormal and 2^-14
    expect(f32ToF16(f32FromBits(0x387fe000))).toBe(0x0400)
  })

  test('edge: NaN has one pattern', () => {
    expect([0x7c01, 0xffff, 0x7e00].map((half) => f32Bits(f16ToF32(half)))).toEqual([
      0x7fc00000, 0x7fc00000, 0x7fc00000,
    ])
    expect(f32ToF16(f32FromBits(0xff800001))).toBe(0x7e00)
  })

  test('property: every binary16 but NaN survives the way to f32 and back', () => {
    for (let half = 0; half < 65536; half++) if ((half & 0x7fff) <= 0x7c00) expect(f32ToF16(f16ToF32(half))).toBe(half)
  })
})

describe('bf16', () => {
  test('default: the upper half of the bits', () => {
    expect([0x3f80, 0xc000, 0x7f80, 0x0001].map(bf16ToF32)).toEqual([1, -2, INFINITY, 2 ** -133])
    expect([1, -2, INFINITY, 2 ** -133, -0].map(f32ToBf16)).toEqual([0x3f80, 0xc000, 0x7f80, 0x0001, 0x8000])
  })

  test('edge: ties go to even, the greatest f32 to infinity, NaN to one pattern', () => {
    expect(
      [0x3f808000, 0x3f818000, 0x3f808001, 0x7f7fffff, 0xffffffff].map((bits) => f32ToBf16(f32FromBits(bits))),
    ).toEqual([0x3f80, 0x3f82, 0x3f81, 0x7f80, 0x7fc0])
  })
})

describe('f32ToInteger', () => {
  test('default: towards zero', () => {
    expect([1.9, -1.9, 0.5, -0.5, -0].map((x) => f32ToInteger(x, 'i8'))).toEqual([1, -1, 0, 0, 0])
  })

  test('edge: saturates, NaN gives 0', () => {
    expect([300, -300, INFINITY, -INFINITY, Number.NaN].map((x) => f32ToInteger(x, 'i8'))).toEqual([
      127, -128, 127, -128, 0,
    ])
    expect([300, -1].map((x) => f32ToInteger(x, 'u8'))).toEqual([255, 0])
    expect([2 ** 31, -(2 ** 31), -(2 ** 32)].map((x) => f32ToInteger(x, 'i32'))).toEqual([
      2 ** 31 - 1,
      -(2 ** 31),
      -(2 ** 31),
    ])
    expect([2 ** 32, 2 ** 31, -5].map((x) => f32ToInteger(x, 'u32'))).toEqual([2 ** 32 - 1, 2 ** 31, 0])
  })
})

describe('roundHalfEven', () => {
  test('default: ties go to the even neighbour', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999998, 8388607.5].map(roundHalfEven)).toEqual([0, 2, 2, -0, -2, 2, 8388608])
  })

  test('edge: what is whole stays', () => {
    expect([8388609, -0, INFINITY, Number.NaN].map(roundHalfEven)).toEqual([8388609, -0, INFINITY, Number.NaN])
  })
})

describe('minF32, maxF32', () => {
  test('edge: signed zeros and NaN', () => {
    expect([minF32(0, -0), minF32(-0, 0), maxF32(-0, 0), maxF32(0, -0)]).toEqual([-0, -0, 0, 0])
    expect([minF32(1, Number.NaN), maxF32(Number.NaN, -INFINITY)]).toEqual([Number.NaN, Number.NaN])
  })
})

test('default: hexFloat reads C literals', () => {
  expect(['0x1p0', '-0x1.8p-3', '0x1.fffffep127', '0x1p-149'].map(hexFloat)).toEqual([
    1,
    -0.1875,
    3.4028234663852886e38,
    2 ** -149,
  ])
})
