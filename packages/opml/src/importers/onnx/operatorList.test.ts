import { describe, expect, test } from 'vitest'
import { ONNX_LIMITS, ONNX_SINCE, onnxOperators } from './operatorList.ts'

const names = onnxOperators().map(({ name }) => name)

describe('onnxOperators', () => {
  test('default: every operator once', () => {
    expect(new Set(names).size).toBe(names.length)
  })

  test('default: versions and limits are of operators that are lowered', () => {
    const noted = [...Object.values(ONNX_SINCE).flatMap((list) => list.split(/\s+/)), ...Object.keys(ONNX_LIMITS)]
    expect(noted.filter((name) => !names.includes(name))).toEqual([])
  })

  test('default: Gelu came with version 20, Relu with the first', () => {
    const since = (wanted: string) => onnxOperators().find(({ name }) => name === wanted)?.since
    expect([since('Gelu'), since('Relu'), since('TreeEnsemble')]).toEqual([20, 1, 5])
  })

  test('edge: an operator that is only refused is not listed', () => {
    expect(names).not.toContain('ZipMap')
  })
})
