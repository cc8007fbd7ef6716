import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../../builder/tensor.ts'
import { contextOf, f32, type NodeCase } from '../../testing/runNode.ts'
import {
  columnOf,
  featureRows,
  intLabels,
  type PostTransform,
  postTransformOf,
  signLabels,
  topLabels,
  transformedScores,
  twoColumns,
} from './scores.ts'

const context = contextOf()
const scoresOf = (rows: readonly (readonly number[])[]) =>
  context.constant('f32', [rows.length, rows[0]?.length ?? 0], rows.flat())
const valuesOf = (tensor: Tensor) => ({ shape: tensor.shape, values: context.knownOrNot(tensor)?.map(Number) })
const transformed = (transform: PostTransform, rows: readonly (readonly number[])[]) =>
  valuesOf(transformedScores(context, scoresOf(rows), transform)).values

describe('transformedScores', () => {
  test('default: NONE leaves them', () => {
    expect(transformed('NONE', [[1, -2]])).toEqual([1, -2])
  })

  test('default: LOGISTIC', () => {
    expect(transformed('LOGISTIC', [[0, 200, -200]])).toEqual([0.5, 1, 0])
  })

  test('default: SOFTMAX by rows', () => {
    expect(
      transformed('SOFTMAX', [
        [3, 3],
        [0, 200],
      ]),
    ).toEqual([0.5, 0.5, 0, 1])
  })

  test('default: SOFTMAX_ZERO leaves zeros out of the sum', () => {
    expect(transformed('SOFTMAX_ZERO', [[0, 2, 2]])).toEqual([0, 0.5, 0.5])
    // e⁰ + 0 for the zero: the one score that is none takes all
    expect(transformed('SOFTMAX_ZERO', [[-3, 0]])?.[1]).toBe(0)
  })

  test('default: PROBIT of a half is 0, and odd around it', () => {
    const [middle, low, high] = transformed('PROBIT', [[0.5, 0.25, 0.75]]) as [number, number, number]
    expect(middle).toBe(0)
    expect(low).toBe(-high)
    // The quantile of the normal distribution at 3/4 is 0.6745; Winitzki's approximation is good to 0.002.
    expect(Math.abs(high - 0.6745)).toBeLessThan(0.002)
  })
})

describe('postTransformOf', () => {
  const named = (attributes: NodeCase['attributes']) => postTransformOf(contextOf({ attributes }))

  test('default: NONE where nothing is said', () => {
    expect([named({}), named({ post_transform: 'SOFTMAX_ZERO' })]).toEqual(['NONE', 'SOFTMAX_ZERO'])
  })

  test('error: another name', () => {
    expect(() => named({ post_transform: 'SQUARE' })).toThrow('post_transform "SQUARE"')
  })
})

describe('featureRows', () => {
  test('default: a vector is one row, integers become f32', () => {
    const node = contextOf({ inputs: [{ shape: [2], values: [3, 4], dtype: 'i64' }] })
    const rows = featureRows(node)
    expect([rows.dtype, rows.shape, node.knownOrNot(rows)]).toEqual(['f32', [1, 2], [3, 4]])
  })

  test('error: rank 3', () => {
    expect(() => featureRows(contextOf({ inputs: [f32([1, 1, 1], [0])] }))).toThrow('features of rank 3')
  })
})

describe('labels', () => {
  test('default: of the greatest score, the first of equals', () => {
    const scores = scoresOf([
      [1, 3, 3],
      [5, 4, 0],
    ])
    expect(valuesOf(topLabels(context, scores, [0, 1, 2]))).toEqual({ shape: [2], values: [1, 0] })
    expect(valuesOf(topLabels(context, scores, [7, 8, 9]))).toEqual({ shape: [2], values: [8, 7] })
  })

  test('edge: a score at the threshold has the first label', () => {
    const score = scoresOf([[-1], [0.5], [0.75]])
    expect(valuesOf(signLabels(context, score, { labels: [10, 20], threshold: 0.5 }))).toEqual({
      shape: [3],
      values: [10, 10, 20],
    })
  })

  test('error: strings, or none', () => {
    const names = { ints: 'classlabels_int64s', strings: 'classlabels_strings' }
    const labels = (attributes: NodeCase['attributes']) => intLabels(contextOf({ attributes }), names)
    expect(labels({ classlabels_int64s: [4, 5] })).toEqual([4, 5])
    expect(() => labels({ classlabels_strings: { strings: ['cat'] } })).toThrow('labels are strings')
    expect(() => labels({})).toThrow('attribute "classlabels_int64s" is missing')
  })
})

test('default: two columns from one, and back', () => {
  const score = scoresOf([[0.25], [1]])
  const both = twoColumns(context, score, { first: (list, x) => list.op('f32.sub', list.f32(1), x) })
  expect(valuesOf(both)).toEqual({ shape: [2, 2], values: [0.75, 0.25, 0, 1] })
  expect(valuesOf(columnOf(both, 0))).toEqual({ shape: [2, 1], values: [0.75, 0] })
  const negated = twoColumns(context, score, { first: (_, x) => x, second: (list, x) => list.op('f32.neg', x) })
  expect(valuesOf(negated).values).toEqual([0.25, -0.25, 1, -1])
})
