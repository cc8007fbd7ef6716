import { describe, expect, test } from 'vitest'
import { type AttributeInput, type Given, runNode } from '../testing/runNode.ts'

/** The examples of TfIdfVectorizer in ONNX's Operators.md: 4 unigrams, then 3 bigrams. */
const attributes: Record<string, AttributeInput> = {
  mode: 'TF',
  min_gram_length: 1,
  max_gram_length: 2,
  max_skip_count: 5,
  ngram_counts: [0, 4],
  ngram_indexes: [0, 1, 2, 3, 4, 5, 6],
  pool_int64s: [2, 3, 5, 4, 5, 6, 7, 8, 6, 7],
}
const batch: Given = { shape: [2, 6], values: [1, 1, 3, 3, 3, 7, 8, 6, 7, 5, 6, 8], dtype: 'i32' }
const vector: Given = { ...batch, shape: [12] }

const counted = (x: Given, own: Record<string, AttributeInput>) =>
  runNode('TfIdfVectorizer', { inputs: [x], attributes: { ...attributes, ...own } })[0]

describe('TfIdfVectorizer', () => {
  test('default: bigrams side by side', () => {
    const own = { min_gram_length: 2, max_skip_count: 0 }
    expect(counted(vector, own)).toEqual({ dtype: 'f32', shape: [7], values: [0, 0, 0, 0, 1, 1, 1] })
    expect(counted(batch, own)).toEqual({
      dtype: 'f32',
      shape: [2, 7],
      values: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1],
    })
  })

  test('default: bigrams with up to five items between', () => {
    expect(counted(batch, { min_gram_length: 2 }).values).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
  })

  test('default: unigrams and bigrams', () => {
    expect(counted(batch, {}).values).toEqual([0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1])
  })

  test('default: IDF counts once, TFIDF each time, both by weight', () => {
    const weights = { floats: [1, 10, 100, 1, 2, 4, 8] }
    expect(counted(batch, { mode: 'IDF', weights }).values).toEqual([0, 10, 0, 0, 0, 0, 0, 0, 0, 100, 0, 2, 4, 8])
    expect(counted(batch, { mode: 'TFIDF', weights }).values).toEqual([0, 30, 0, 0, 0, 0, 0, 0, 0, 100, 0, 2, 4, 8])
  })

  test('edge: no n-gram fits into one item', () => {
    expect(counted({ shape: [1], values: [5], dtype: 'i32' }, { min_gram_length: 2 }).values).toEqual(
      new Array(7).fill(0),
    )
  })

  test('error: a pool of strings', () => {
    const { pool_int64s: _, ...rest } = attributes
    const own = { ...rest, pool_strings: { strings: ['a'] } }
    expect(() => runNode('TfIdfVectorizer', { inputs: [batch], attributes: own })).toThrow('a pool of strings')
  })

  test('error: names the attribute that is missing', () => {
    const { mode: _, ...rest } = attributes
    expect(() => runNode('TfIdfVectorizer', { inputs: [batch], attributes: rest })).toThrow(
      'attribute "mode" is missing',
    )
  })
})
