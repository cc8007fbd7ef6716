import { describe, expect, test } from 'vitest'
import { f32Bits, f32FromBits } from './f32Bits.ts'

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
