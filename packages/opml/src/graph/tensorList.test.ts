import { describe, expect, test } from 'vitest'
import { splitTensors, tensorListBytes } from './tensorList.ts'

const TYPES = [
  { name: 'a', dtype: 'i16', shape: [2] },
  { name: 'none', dtype: 'f32', shape: [0, 3] },
  { name: 'b', dtype: 'u8', shape: [3] },
] as const

describe('splitTensors', () => {
  test('default: tensors one after the other, empty ones too', () => {
    expect(tensorListBytes(TYPES)).toBe(7)
    const parts = splitTensors(Uint8Array.of(1, 2, 3, 4, 5, 6, 7), TYPES)
    expect(parts.map((part) => [...part])).toEqual([[1, 2, 3, 4], [], [5, 6, 7]])
  })

  test('error: one byte less or more', () => {
    expect(() => splitTensors(new Uint8Array(6), TYPES)).toThrow('6 bytes for tensors of 7')
    expect(() => splitTensors(new Uint8Array(8), TYPES)).toThrow('8 bytes for tensors of 7')
  })
})
