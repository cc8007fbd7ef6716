import { describe, expect, test } from 'vitest'
import { f32, firstOutput, runNode } from '../../testing/runNode.ts'

const domain = 'ai.onnx.ml'
const rows = f32([2, 2], [1, 2, 3, -4])

describe('linear models', () => {
  test('default: LinearRegressor', () => {
    const attributes = { coefficients: { floats: [1, 10] }, intercepts: { floats: [0.5] } }
    expect(firstOutput('LinearRegressor', { domain, inputs: [rows], attributes })).toEqual([21.5, -36.5])
  })

  test('default: LinearClassifier of one score', () => {
    const attributes = { coefficients: { floats: [1, 1] }, intercepts: { floats: [0] }, classlabels_ints: [4, 5] }
    const [labels, scores] = runNode('LinearClassifier', { domain, inputs: [rows], attributes, numOutputs: 2 })
    expect(labels.values).toEqual([5, 4])
    expect(scores.values).toEqual([-2, 3, 2, -1])
  })

  test('default: SVMRegressor with two support vectors', () => {
    const attributes = {
      support_vectors: { floats: [1, 0, 0, 1] },
      coefficients: { floats: [2, 3] },
      n_supports: 2,
      rho: { floats: [1] },
      kernel_type: 'LINEAR',
    }
    expect(firstOutput('SVMRegressor', { domain, inputs: [rows], attributes })).toEqual([9, -5])
  })

  test('default: SVMClassifier votes; positive is the first class', () => {
    const attributes = {
      classlabels_ints: [1, 2],
      vectors_per_class: [1, 1],
      support_vectors: { floats: [1, 0, 0, 1] },
      coefficients: { floats: [1, 1] },
      rho: { floats: [0] },
    }
    const [labels, scores] = runNode('SVMClassifier', { domain, inputs: [rows], attributes, numOutputs: 2 })
    expect(labels.values).toEqual([1, 2])
    expect(scores.values).toEqual([-3, 3, 1, -1])
  })

  test('error: labels that are strings', () => {
    const attributes = {
      coefficients: { floats: [1, 1] },
      intercepts: { floats: [0] },
      classlabels_strings: { strings: ['a', 'b'] },
    }
    expect(() => runNode('LinearClassifier', { domain, inputs: [rows], attributes, numOutputs: 2 })).toThrow(
      'labels are strings',
    )
  })
})
