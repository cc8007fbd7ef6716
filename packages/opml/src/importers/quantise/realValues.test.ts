import { expect, test } from 'vitest'
import { realValues } from './realValues.ts'

test('default: (q - zero point) times the scale, rounded to f32', () => {
  expect([...realValues(Uint8Array.of(0x80, 0, 0x7f), { dtype: 'i8', scale: 0.5, zeroPoint: -3 })]).toEqual([
    -62.5, 1.5, 65,
  ])
  const [tenth] = realValues(Uint8Array.of(3, 0), { dtype: 'i16', scale: 0.1, zeroPoint: 2 })
  expect(tenth).toBe(Math.fround(0.1))
})

test('edge: bytes at an odd place', () => {
  const bytes = Uint8Array.of(9, 0xff, 0xff, 0, 0x80).subarray(1)
  expect([...realValues(bytes, { dtype: 'i16', scale: 2, zeroPoint: 0 })]).toEqual([-2, -65536])
})
