import { describe, expect, test } from 'vitest'
import { contextOf } from '../../testing/runNode.ts'
import { type TreeEnsembleSource, type TreeNodeSource, treeScores } from './treeTables.ts'

const branch = (p: {
  feature: number
  threshold: number
  children: readonly [number, number]
  isMissingTrue?: boolean
}): TreeNodeSource => ({
  kind: 'branch',
  mode: 'lessOrEqual',
  feature: p.feature,
  threshold: p.threshold,
  isMissingTrue: p.isMissingTrue ?? false,
  trueChild: p.children[0],
  falseChild: p.children[1],
})
const leaf = (...weights: [target: number, weight: number][]): TreeNodeSource => ({
  kind: 'leaf',
  weights: weights.map(([target, weight]) => ({ target, weight })),
})

/** x0 ≤ 1: leaf 10; else x1 ≤ 2: leaf 20 and 5 for target 1; else leaf 30. The root is not the first node. */
const tree: readonly TreeNodeSource[] = [
  leaf([0, 10]),
  branch({ feature: 0, threshold: 1, children: [0, 2] }),
  branch({ feature: 1, threshold: 2, children: [3, 4] }),
  leaf([0, 20], [1, 5]),
  leaf([0, 30]),
]
const ensemble: TreeEnsembleSource = { nodes: tree, roots: [1], numTargets: 2, baseValues: [], aggregate: 'SUM' }

function scores(source: Partial<TreeEnsembleSource>, rows: readonly (readonly number[])[] = [[1, 0]]) {
  const context = contextOf()
  const x = context.constant('f32', [rows.length, rows[0]?.length ?? 0], rows.flat())
  return context.knownOrNot(treeScores(context, { x, source: { ...ensemble, ...source } }))
}

describe('treeScores', () => {
  const rows = [
    [1, 9],
    [2, 2],
    [2, 3],
  ]

  test('default: each row its leaf, each target its weights', () => {
    expect(scores({}, rows)).toEqual([10, 0, 20, 5, 30, 0])
  })

  test('default: base values are added', () => {
    expect(scores({ baseValues: [0.5, -1] }, rows)).toEqual([10.5, -1, 20.5, 4, 30.5, -1])
  })

  test('default: two trees, summed, averaged, the least and the greatest', () => {
    const nodes = [...tree, leaf([0, 4], [1, 1])]
    const two = { nodes, roots: [1, 5] }
    expect(scores(two, [[2, 2]])).toEqual([24, 6])
    expect(scores({ ...two, aggregate: 'AVERAGE' }, [[2, 2]])).toEqual([12, 3])
    expect(scores({ ...two, aggregate: 'MIN' }, [[2, 2]])).toEqual([4, 1])
    expect(scores({ ...two, aggregate: 'MAX' }, [[2, 2]])).toEqual([20, 5])
  })

  test('edge: a missing value goes where the branch says', () => {
    const nodes = (isMissingTrue: boolean) => [
      branch({ feature: 0, threshold: 1, children: [1, 2], isMissingTrue }),
      leaf([0, 1]),
      leaf([0, 2]),
    ]
    const missing = [[Number.NaN, 0]]
    expect(scores({ nodes: nodes(true), roots: [0] }, missing)).toEqual([1, 0])
    expect(scores({ nodes: nodes(false), roots: [0] }, missing)).toEqual([2, 0])
  })

  test('error: what is no set of trees', () => {
    expect(() => scores({ roots: [] })).toThrow('an ensemble without trees')
    expect(() => scores({ roots: [7] })).toThrow('a tree leads to node 7, which does not exist')
    expect(() => scores({ roots: [2] })).toThrow('2 nodes of trees that no root leads to')
    const shared = [branch({ feature: 0, threshold: 1, children: [1, 1] }), leaf([0, 1])]
    expect(() => scores({ nodes: shared, roots: [0] })).toThrow('node 1 of a tree has two parents')
    const cycle = [branch({ feature: 0, threshold: 1, children: [0, 1] }), leaf([0, 1])]
    expect(() => scores({ nodes: cycle, roots: [0] })).toThrow('node 0 of a tree has two parents')
  })

  test('error: a feature or a target that does not exist', () => {
    const nodes = [branch({ feature: 2, threshold: 1, children: [1, 2] }), leaf([0, 1]), leaf([0, 2])]
    expect(() => scores({ nodes, roots: [0] })).toThrow('feature')
    expect(() => scores({ nodes: [leaf([2, 1])], roots: [0] })).toThrow('target')
  })
})
