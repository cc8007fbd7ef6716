import { describe, expect, test } from 'vitest'
import { f32, type Given, runNode } from '../testing/runNode.ts'

/** The example of NegativeLogLikelihoodLoss in ONNX's Operators.md; there the weights are 0.2, 0.3 and 0.1. */
const logProbability = f32([2, 3, 2], [1, 2, 2, 2, 3, 2, 0, 1, 2, 2, 1, 2])
const target: Given = { shape: [2, 2], values: [2, 1, 0, 2], dtype: 'i64' }
const weight = f32([3], [1, 0.5, 0.25])

const loss = (inputs: readonly Given[], attributes: Record<string, string | number> = {}) =>
  runNode('NegativeLogLikelihoodLoss', { inputs, attributes })[0]

describe('NegativeLogLikelihoodLoss', () => {
  test('default: the target class of each entry, not reduced', () => {
    expect(loss([logProbability, target], { reduction: 'none' })).toEqual({
      dtype: 'f32',
      shape: [2, 2],
      values: [-3, -2, -0, -2],
    })
  })

  test('default: the mean, without weights that of all entries', () => {
    expect(loss([logProbability, target])).toEqual({ dtype: 'f32', shape: [], values: [-1.75] })
    expect(loss([logProbability, target], { reduction: 'sum' }).values).toEqual([-7])
  })

  test('default: weights of classes; the mean is by the sum of the weights', () => {
    // 3 · 0.25 + 2 · 0.5 + 0 · 1 + 2 · 0.25 = 2.25; the weights are 0.25 + 0.5 + 1 + 0.25 = 2
    expect(loss([logProbability, target, weight], { reduction: 'sum' }).values).toEqual([-2.25])
    expect(loss([logProbability, target, weight]).values).toEqual([-1.125])
  })

  test('default: ignored entries weigh nothing, whatever their target', () => {
    const outside: Given = { shape: [2, 2], values: [2, 1, -5, -5], dtype: 'i64' }
    expect(loss([logProbability, outside], { ignore_index: -5 }).values).toEqual([-2.5])
    expect(loss([logProbability, outside, weight], { ignore_index: -5, reduction: 'sum' }).values).toEqual([-1.75])
  })

  test('error: a vector of probabilities has no classes', () => {
    expect(() => loss([f32([3], [1, 2, 3]), target])).toThrow('input 0 ("x0") has rank 1, it must be 2 or more')
  })

  test('error: ignore_index as a float', () => {
    const inputs = [logProbability, target]
    expect(() => runNode('NegativeLogLikelihoodLoss', { inputs, attributes: { ignore_index: { f: 1 } } })).toThrow(
      'attribute "ignore_index" is a float, it must be an integer',
    )
  })
})

describe('SoftmaxCrossEntropyLoss', () => {
  test('default: equal scores of two classes lose log 2 each', () => {
    const [mean, logProbabilities] = runNode('SoftmaxCrossEntropyLoss', {
      inputs: [f32([2, 2], [5, 5, -1, -1]), { shape: [2], values: [0, 1], dtype: 'i64' }],
      numOutputs: 2,
    })
    const log2 = Math.fround(Math.LN2)
    expect(mean).toEqual({ dtype: 'f32', shape: [], values: [log2] })
    expect(logProbabilities).toEqual({ dtype: 'f32', shape: [2, 2], values: [-log2, -log2, -log2, -log2] })
  })
})
