import { describe, expect, test } from 'vitest'
import { f32, firstOutput, i64, runNode } from '../../testing/runNode.ts'

const domain = 'ai.onnx.ml'
const rows = f32([2, 2], [3, 4, -6, 8])

describe('features', () => {
  test('default: Scaler and Binarizer', () => {
    const attributes = { offset: { floats: [1, 2] }, scale: { floats: [2] } }
    expect(firstOutput('Scaler', { domain, inputs: [rows], attributes })).toEqual([4, 4, -14, 12])
    expect(firstOutput('Binarizer', { domain, inputs: [rows], attributes: { threshold: { f: 3 } } })).toEqual([
      0, 1, 0, 1,
    ])
  })

  test('default: Normalizer by the greatest, the sum, the norm; rows of zeros stay', () => {
    const of = (norm: string) => firstOutput('Normalizer', { domain, inputs: [rows], attributes: { norm } })
    expect(of('MAX')).toEqual([0.75, 1, -0.75, 1])
    expect(of('L1')).toEqual([3 / 7, 4 / 7, -6 / 14, 8 / 14].map(Math.fround))
    expect(of('L2')).toEqual([0.6, 0.8, -0.6, 0.8].map(Math.fround))
    expect(firstOutput('Normalizer', { domain, inputs: [f32([1, 2], [0, 0])], attributes: { norm: 'L2' } })).toEqual([
      0, 0,
    ])
  })

  test('default: ArrayFeatureExtractor, FeatureVectorizer', () => {
    expect(runNode('ArrayFeatureExtractor', { domain, inputs: [rows, i64([1])] })[0]).toEqual({
      dtype: 'f32',
      shape: [2, 1],
      values: [4, 8],
    })
    expect(firstOutput('FeatureVectorizer', { domain, inputs: [rows, f32([2, 1], [7, 9])] })).toEqual([
      3, 4, 7, -6, 8, 9,
    ])
  })

  test('default: Imputer replaces NaN', () => {
    const attributes = { imputed_value_floats: { floats: [1, 2] }, replaced_value_float: { f: Number.NaN } }
    expect(firstOutput('Imputer', { domain, inputs: [f32([1, 2], [5, Number.NaN])], attributes })).toEqual([5, 2])
  })

  test('default: LabelEncoder takes the first key, else the default', () => {
    const x = { shape: [3], values: [9, 1, 7], dtype: 'i64' as const }
    const attributes = { keys_int64s: [7, 9, 7], values_int64s: [70, 90, 71], default_int64: -5 }
    expect(firstOutput('LabelEncoder', { domain, opset: 2, inputs: [x], attributes })).toEqual([90, -5, 70])
  })

  test('default: OneHotEncoder', () => {
    const x = { shape: [2], values: [2, 5], dtype: 'i64' as const }
    expect(firstOutput('OneHotEncoder', { domain, inputs: [x], attributes: { cats_int64s: [1, 2] } })).toEqual([
      0, 1, 0, 0,
    ])
  })

  test('error: maps are refused with a remedy', () => {
    expect(() => runNode('ZipMap', { domain, inputs: [rows] })).toThrow('zipmap=False')
  })
})
