import { describe, expect, test } from 'vitest'
import { f32, firstOutput, type Given } from '../testing/runNode.ts'

const known = (value: number, dtype: Given['dtype'] = 'i64'): Given => ({
  shape: [],
  values: [value],
  dtype: dtype ?? 'i64',
  isKnown: true,
})

describe('signals', () => {
  test('default: a Hann window of four', () => {
    expect(firstOutput('HannWindow', { inputs: [known(4)] })).toEqual([0, 0.5, 1, 0.5])
  })

  test('default: the transform of an impulse is flat', () => {
    const inputs = [f32([1, 4, 1], [1, 0, 0, 0]), undefined, known(1)]
    expect(firstOutput('DFT', { inputs })).toEqual([1, 0, 1, 0, 1, 0, 1, 0])
  })

  test('default: each mel filter is a triangle with 1 at its top', () => {
    const inputs = [known(2), known(16), known(8192), known(0, 'f32'), known(4096, 'f32')]
    const values = firstOutput('MelWeightMatrix', { inputs })
    const column = (mel: number) => values.filter((_, i) => i % 2 === mel)
    for (const mel of [0, 1]) {
      expect(column(mel)).toHaveLength(9)
      expect(Math.max(...column(mel))).toBe(1)
      const [up, down] = [column(mel).slice(0, column(mel).indexOf(1)), column(mel).slice(column(mel).indexOf(1))]
      expect(up.every((value, i) => value >= (up[i - 1] ?? 0))).toBe(true)
      expect(down.every((value, i) => value <= (down[i - 1] ?? 1))).toBe(true)
    }
  })
})
