import { expect, test } from 'vitest'
import { f32Bits } from '../core/math/f32Bits.ts'
import { f32, refusal, runReference, type TestOperand, u32 } from './testing/testNode.ts'
import { treeEnsemble } from './treeEnsemble.ts'
import { MISSING_TRACKS_TRUE, TREE_MODES } from './treeTable.ts'

const [SUM, AVERAGE, MIN, MAX] = [0, 1, 2, 3]

interface Branch {
  mode: number
  feature: number
  threshold: number
  children: [number, number]
  flags?: number
}
const branch = ({ mode, feature, threshold, children, flags = 0 }: Branch): number[] => [
  mode,
  feature,
  f32Bits(threshold),
  ...children,
  flags,
  0,
  0,
]
const leaf = (first: number, count: number): number[] => [TREE_MODES.leaf, 0, 0, 0, 0, 0, first, count]
const records = (...rows: number[][]): TestOperand => u32([rows.length, 8], ...rows.flat())
const weights = (...rows: [target: number, weight: number][]): TestOperand =>
  u32([rows.length, 2], ...rows.flatMap(([target, weight]) => [target, f32Bits(weight)]))

/** Two stumps on one target: x ≤ 10 gives 1, else 2; y < 0 gives −4, else 8. Base value 0.5. */
const STUMPS = records(
  branch({ mode: TREE_MODES.lessOrEqual, feature: 0, threshold: 10, children: [2, 3] }),
  branch({ mode: TREE_MODES.less, feature: 1, threshold: 0, children: [4, 5] }),
  leaf(1, 1),
  leaf(2, 1),
  leaf(3, 1),
  leaf(4, 1),
)
const STUMP_WEIGHTS = weights([0, 0.5], [0, 1], [0, 2], [0, -4], [0, 8])
const ROWS = f32([3, 2], 10, -1, 11, 0, 3, 7)

function scores(p: {
  rows: TestOperand
  trees: TestOperand
  weights: TestOperand
  targets: number
  attributes?: Record<string, number>
}): number[] {
  const attributes = { numTrees: 1, maxDepth: 4, maxWeights: 4, aggregate: SUM, ...p.attributes }
  return [
    ...runReference(treeEnsemble, {
      shape: [p.rows.dims[0], p.targets],
      operands: [p.rows, p.trees, p.weights],
      attributes,
    }),
  ] as number[]
}

test('default: two stumps in every aggregate, the base value added last', () => {
  const run = (aggregate: number) =>
    scores({ rows: ROWS, trees: STUMPS, weights: STUMP_WEIGHTS, targets: 1, attributes: { numTrees: 2, aggregate } })
  expect(run(SUM)).toEqual([-2.5, 10.5, 9.5])
  expect(run(AVERAGE)).toEqual([-1, 5.5, 5])
  expect(run(MIN)).toEqual([-3.5, 2.5, 1.5])
  expect(run(MAX)).toEqual([1.5, 8.5, 8.5])
})

test('default: several targets, of which a leaf names some, in any order', () => {
  const trees = records(
    branch({ mode: TREE_MODES.greater, feature: 0, threshold: 0, children: [1, 2] }),
    leaf(3, 3),
    leaf(6, 1),
  )
  const table = weights([0, 0], [1, 100], [2, 0], [2, 1], [0, 2], [2, 4], [1, 8])
  expect(scores({ rows: f32([2, 1], 1, 0), trees, weights: table, targets: 3 })).toEqual([2, 100, 5, 0, 108, 0])
})

const COMPARED: [name: keyof typeof TREE_MODES, below: boolean, same: boolean, above: boolean, isNanTrue: boolean][] = [
  ['lessOrEqual', true, true, false, false],
  ['less', true, false, false, false],
  ['greaterOrEqual', false, true, true, false],
  ['greater', false, false, true, false],
  ['equal', false, true, false, false],
  ['notEqual', true, false, true, true],
]
test.each(COMPARED)(
  'default: %s compares with the threshold; a missing value goes where it should',
  (name, below, same, above, isNanTrue) => {
    const rows = f32([5, 1], 1, 2, 3, -0, Number.NaN)
    const run = (threshold: number, flags: number): boolean[] => {
      const trees = records(
        branch({ mode: TREE_MODES[name], feature: 0, threshold, children: [1, 2], flags }),
        leaf(1, 1),
        leaf(2, 0),
      )
      return scores({ rows, trees, weights: weights([0, 0], [0, 1]), targets: 1 }).map((score) => score === 1)
    }
    expect(run(2, 0)).toEqual([below, same, above, below, isNanTrue])
    expect(run(2, MISSING_TRACKS_TRUE)).toEqual([below, same, above, below, true])
    expect(run(0, 0)[3]).toBe(same)
  },
)

test('edge: sums go from tree to tree, each rounded', () => {
  const trees = records(leaf(1, 1), leaf(2, 1), leaf(3, 1))
  const rows = f32([1, 1], 0)
  const sum = (...w: number[]) =>
    scores({
      rows,
      trees,
      weights: weights([0, 0], ...w.map((x): [number, number] => [0, x])),
      targets: 1,
      attributes: { numTrees: 3, maxDepth: 0 },
    })
  expect(sum(2 ** 24, 1, -(2 ** 24))).toEqual([0])
  expect(sum(2 ** 24, -(2 ** 24), 1)).toEqual([1])
})

test('edge: a table that has no leaf in time gives the base value', () => {
  const run = (maxDepth: number, ...rows: number[][]) =>
    scores({
      rows: f32([1, 1], 1),
      trees: records(...rows),
      weights: weights([0, 3], [0, 1]),
      targets: 1,
      attributes: { maxDepth },
    })
  const go = (children: [number, number], mode: number = TREE_MODES.greater): number[] =>
    branch({ mode, feature: 0, threshold: 0, children })
  expect(run(1, go([1, 1]), leaf(1, 1))).toEqual([4])
  expect(run(0, go([1, 1]), leaf(1, 1))).toEqual([3])
  expect(run(2 ** 16, go([0, 0]))).toEqual([3])
  expect(run(4, go([9, 9]), leaf(1, 1))).toEqual([3])
  expect(run(4, go([1, 1], 7), leaf(1, 1))).toEqual([3])
  expect(run(4, leaf(2, 1))).toEqual([3])
  expect(run(4, leaf(1, 0xffffffff))).toEqual([4])
})

test('shape: rejects tables that cannot hold the roots and the base values, and other records', () => {
  const p = { shape: [3, 1], attributes: { numTrees: 2, maxDepth: 1, maxWeights: 1, aggregate: SUM } }
  const attributes = { ...p.attributes, numTrees: 7 }
  const operands = [ROWS, STUMPS, STUMP_WEIGHTS]
  expect(refusal(treeEnsemble, { ...p, operands })).toBeUndefined()
  expect(refusal(treeEnsemble, { ...p, operands, attributes })).toBe('6 records hold no 7 roots.')
  expect(refusal(treeEnsemble, { ...p, shape: [3, 6], operands })).toBe('5 weight records hold no 6 base values.')
  expect(refusal(treeEnsemble, { ...p, shape: [2, 1], operands })).toBe('operand a is [3, 2], it must be [2, 2].')
  expect(refusal(treeEnsemble, { ...p, operands: [ROWS, u32([1, 6], 0, 0, 0, 0, 0, 0), STUMP_WEIGHTS] })).toBe(
    'operand b is [1, 6], it must be [1, 8].',
  )
  expect(refusal(treeEnsemble, { ...p, operands, dtype: 'i32' })).toBe('TreeEnsemble makes f32, f16 or bf16, not i32.')
})
