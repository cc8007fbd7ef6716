// oxlint-disable no-restricted-properties -- the exponential of the engine, in double precision, is what the tables are rounded from
import { describe, expect, test } from 'vitest'
import { EXP_FRACTION_Q15, EXP_WHOLE_Q15 } from './expTable.ts'
import { denseI8, expQ15, reluI8, requantizeI16, requantizeI8, softmaxI16 } from './fixedKernels.ts'

const layerOf = (multiplier: number, shift: number) => ({
  weight: new Int8Array(),
  bias: new Int32Array(),
  multiplier: Int32Array.of(multiplier),
  shift: Int32Array.of(shift),
})

describe('requantise', () => {
  test('default: rounds, adds the zero point, saturates', () => {
    const acc = Int32Array.of(200)
    expect(requantizeI8(acc, layerOf(1, 2), -128)).toEqual(Int8Array.of(-78))
    expect(requantizeI8(acc, layerOf(1, 0), 0)).toEqual(Int8Array.of(127))
    expect(requantizeI8(Int32Array.of(-200), layerOf(1, 0), 0)).toEqual(Int8Array.of(-128))
    expect(requantizeI16(Int32Array.of(1 << 20), layerOf(1, 0))).toEqual(Int16Array.of(32767))
    expect(requantizeI16(Int32Array.of(-(1 << 20)), layerOf(1, 6))).toEqual(Int16Array.of(-16384))
  })
})

describe('the other kernels', () => {
  test('default: denseI8', () => {
    const layer = { ...layerOf(0, 0), weight: Int8Array.of(1, -2, 127, -128), bias: Int32Array.of(5, -7) }
    expect(denseI8(layer, Int8Array.of(-128, 3))).toEqual(Int32Array.of(-129, -16647))
  })

  test('default: reluI8 is a maximum with the zero point', () => {
    expect(reluI8(Int8Array.of(-128, -5, 4), -5)).toEqual(Int8Array.of(-5, -5, 4))
  })

  test('default: softmaxI16 by hand', () => {
    expect(softmaxI16(Int16Array.of(5, 5))).toEqual(Uint16Array.of(32768, 32768)) // 32767.5, half up
    expect(softmaxI16(Int16Array.of(-32768, 32767))).toEqual(Uint16Array.of(0, 65535))
    // d = 256: e = 12055 of 2^15; 65535 · 12055 / 44823 = 17625.3, 65535 · 32768 / 44823 = 47909.7
    expect(softmaxI16(Int16Array.of(0, 256))).toEqual(Uint16Array.of(17625, 47910))
  })

  test('edge: expQ15 ends at 12', () => {
    expect([0, 12 * 256 - 1, 12 * 256].map(expQ15)).toEqual([32768, 0, 0])
  })
})

describe('tables', () => {
  test('default: the rounded exponential', () => {
    // No entry lies within 0.0009 of a tie, so the double exponential rounds to the right integer.
    expect(EXP_WHOLE_Q15).toEqual(Array.from({ length: 12 }, (_, i) => Math.round(32768 * Math.exp(-i))))
    expect(EXP_FRACTION_Q15).toEqual(Array.from({ length: 256 }, (_, i) => Math.round(32768 * Math.exp(-i / 256))))
  })
})
