import { expect, test } from 'vitest'
import { InvalidProgramError } from '../graph/errors.ts'
import { checkTreeTable, TREE_MODES } from './treeTable.ts'

const LIMITS = { numFeatures: 2, numTargets: 1, numTrees: 2, maxDepth: 2, maxWeights: 1 }
const LEAF = [TREE_MODES.leaf, 0, 0, 0, 0, 0, 1, 1]
const branch = (trueChild: number, falseChild: number): number[] => [
  TREE_MODES.less,
  1,
  0x3f800000,
  trueChild,
  falseChild,
  1,
  0,
  0,
]
/** Two trees: record 0 with two branches down to record 4, and record 1, a leaf. */
const TREES = [branch(2, 3), LEAF, branch(3, 4), LEAF, LEAF]
const WEIGHTS = [
  [0, 0],
  [0, 0x40000000],
]

/** What the check says of the table with one record changed. */
function verdict(p: { record?: number; to?: number[]; weights?: number[][]; limits?: Partial<typeof LIMITS> }): string {
  const trees = TREES.map((row, index) => (index === p.record ? (p.to as number[]) : row))
  try {
    checkTreeTable(Uint32Array.from(trees.flat()), Uint32Array.from((p.weights ?? WEIGHTS).flat()), {
      ...LIMITS,
      ...p.limits,
    })
  } catch (error) {
    if (error instanceof InvalidProgramError) return error.rule
    throw error
  }
  return 'accepted'
}

test('default: accepts trees that share a record, exactly as deep as declared', () => {
  expect(verdict({})).toBe('accepted')
})

test('error: a tree that is deeper, and one without end', () => {
  expect(verdict({ limits: { maxDepth: 1 } })).toBe('a tree is deeper than 1 branches, or has no end.')
  expect(verdict({ record: 2, to: branch(0, 4), limits: { maxDepth: 50 } })).toBe(
    'a tree is deeper than 50 branches, or has no end.',
  )
})

test('error: branches that lead out, read no feature, or have an unknown mode, flag or weight', () => {
  expect(verdict({ record: 0, to: branch(2, 5) })).toBe('tree record 0 leads to 2 and 5.')
  expect(verdict({ limits: { numFeatures: 1 } })).toBe('tree record 0 reads feature 1 of 1.')
  expect(verdict({ record: 2, to: [7, 0, 0, 3, 4, 0, 0, 0] })).toBe('tree record 2 has mode 7.')
  expect(verdict({ record: 2, to: [1, 0, 0, 3, 4, 2, 0, 0] })).toBe('tree record 2 has flags 2.')
  expect(verdict({ record: 2, to: [1, 0, 0, 3, 4, 0, 0, 1] })).toBe('tree record 2 is a branch with weights.')
})

test('error: leaves whose weights are not there, too many, or base values', () => {
  const leaf = (first: number, count: number, feature = 0): number[] => [0, feature, 0, 0, 0, 0, first, count]
  expect(verdict({ record: 3, to: leaf(2, 1) })).toBe('tree record 3 has the weights 2 to 2.')
  expect(verdict({ record: 3, to: leaf(0, 1) })).toBe('tree record 3 has the weights 0 to 0.')
  expect(verdict({ record: 3, to: leaf(1, 2) })).toBe('tree record 3 has 2 weights, at most 1 are declared.')
  expect(verdict({ record: 3, to: leaf(1, 1, 1) })).toBe('tree record 3 is a leaf with a branch.')
})

test('error: weights of no target, base values out of order, tables that are too short', () => {
  expect(
    verdict({
      weights: [
        [0, 0],
        [1, 0],
      ],
    }),
  ).toBe('weight record 1 has target 1.')
  expect(
    verdict({
      weights: [
        [1, 0],
        [0, 0],
        [0, 0],
      ],
      limits: { numTargets: 2 },
    }),
  ).toBe('weight record 0 has target 1.')
  expect(verdict({ weights: [], limits: { numTargets: 1 } })).toBe('0 words are no weights of 1 targets.')
  expect(verdict({ limits: { numTrees: 6 } })).toBe('40 words are no table of 6 trees.')
})
