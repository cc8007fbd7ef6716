import { describe, expect, test } from 'vitest'
import { compareWithOnnxruntime } from './onnxComparison.ts'
import { APART, FUSED } from './writtenOutCases.ts'

describe('operators that are written out', () => {
  test.each(Object.entries({ ...FUSED, ...APART }))('differential: %s', async (_, { model, inputs }) => {
    const outputs = await compareWithOnnxruntime({ model, inputs })
    expect(outputs.filter(({ worst }) => !(worst <= 1))).toEqual([])
    expect(outputs.every(({ low, high }) => high > low)).toBe(true)
  })
})
