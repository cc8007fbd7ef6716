import { expect, test } from 'vitest'
import { GWEI, bondGas, bondWei, deepGas, refundWei, roundUpToGwei, wordsGas } from './bond.ts'
import { KIND, machineLevels, programLevels } from './kinds.ts'

const words = 0

test('default: bond gas of trees of height 12, by hand', () => {
  // 300k + 210k joins, 90k first move, 2 · 65k moves, 190k end, 250k seal, 210k inner join, 190k inner end.
  expect(bondGas({ kind: KIND.coarse, height: 12, words })).toBe(1_570_000n)
  // The same without the challenge: 210k + 210k joins.
  expect(bondGas({ kind: KIND.block, height: 12, words })).toBe(1_480_000n)
  // 2 · 210k joins, 90k first move, 2 · 65k moves, 190k end, 210k seal.
  expect(bondGas({ kind: KIND.fine, height: 12, words })).toBe(1_040_000n)
  // As coarse, with a seal of 280k and an inner join of 28 levels above 12.
  expect(bondGas({ kind: KIND.graph, height: 12, words: 24 })).toBe(1_600_000n + 28n * 700n)
})

test('edge: each level above 12 costs 700 gas in each proof along the tree, none in a graph', () => {
  expect(bondGas({ kind: KIND.coarse, height: 40, words })).toBe(1_570_000n + 7n * 65_000n + 2n * 28n * 700n)
  expect(bondGas({ kind: KIND.block, height: 40, words })).toBe(1_480_000n + 7n * 65_000n + 2n * 28n * 700n)
  expect(bondGas({ kind: KIND.fine, height: 20, words })).toBe(1_040_000n + 2n * 65_000n + 8n * 700n)
  const graph = bondGas({ kind: KIND.graph, height: 12, words })
  expect(bondGas({ kind: KIND.graph, height: 64, words })).toBe(graph + 13n * 65_000n)
  expect([0, 12, 13].map(deepGas)).toEqual([0n, 0n, 700n])
})

test('edge: each word above 24 costs 1,300 gas in the challenge, a join and the seal of a graph', () => {
  const graph = bondGas({ kind: KIND.graph, height: 12, words: 24 })
  expect(bondGas({ kind: KIND.graph, height: 12, words: 30 })).toBe(graph + 3n * 6n * 1_300n)
  expect([0, 24, 25].map(wordsGas)).toEqual([0n, 0n, 1_300n])
})

test('default: words of a program are those of its result or of a judged leaf, whichever are more', () => {
  const heights = { stepHeight: 3, nodeHeight: 5, blockHeight: 7, coarseHeight: 12, fineHeight: 12 }
  const counts = { numNodes: 33, numConstants: 9, numInputs: 1, numOutputs: 1, hasHalt: false }
  const levels = programLevels({ ...heights, ...counts })
  // 16 for a descriptor, 6 for its proof, three operands of 1 + 8.
  expect(levels).toEqual({ rootKind: KIND.graph, rootHeight: 15, coarseHeight: 12, fineHeight: 12, words: 49 })
  // A block of 4 words, two leaves and their proofs of 15.
  expect(programLevels({ ...heights, ...counts, hasHalt: true }).words).toBe(49 + 5 + 30)
  expect(programLevels({ ...heights, ...counts, numConstants: 2 ** 20 }).words).toBe(16 + 6 + 3 * 21)
  expect(programLevels({ ...heights, ...counts, numOutputs: 20 }).words).toBe(180)
})

test('default: bonds at 200 gwei a gas', () => {
  const priceCapWei = 200n * GWEI
  const levels = machineLevels({ coarseHeight: 12, fineHeight: 12 })
  expect(bondWei({ levels, kind: KIND.coarse, priceCapWei })).toBe(314_000_000_000_000_000n)
  expect(bondWei({ levels, kind: KIND.fine, priceCapWei })).toBe(208_000_000_000_000_000n)
})

test('edge: money is rounded up to a gwei', () => {
  expect([0n, 1n, GWEI, GWEI + 1n].map(roundUpToGwei)).toEqual([0n, GWEI, GWEI, 2n * GWEI])
  const levels = machineLevels({ coarseHeight: 4, fineHeight: 4 })
  expect(bondWei({ levels, kind: KIND.fine, priceCapWei: 1n })).toBe(GWEI)
})

test('default: a refund is the lesser gas at the lesser price', () => {
  const at = { budgetGas: 65_000n, gasPriceWei: 500n * GWEI, tipWei: 2n * GWEI, priceCapWei: 200n * GWEI }
  expect(refundWei({ ...at, gasMeasured: 56_000n, baseFeeWei: 10n * GWEI })).toBe(672_000n * GWEI)
  expect(refundWei({ ...at, gasMeasured: 70_000n, baseFeeWei: 10n * GWEI })).toBe(780_000n * GWEI)
  expect(refundWei({ ...at, gasMeasured: 10_000n, baseFeeWei: 500n * GWEI })).toBe(2_000_000n * GWEI)
  expect(refundWei({ ...at, gasMeasured: 1n, baseFeeWei: 1n })).toBe(3n * GWEI)
})

test('edge: a tip that was not paid is not refunded', () => {
  const at = { gasMeasured: 50_000n, budgetGas: 65_000n, tipWei: 2n * GWEI, priceCapWei: 200n * GWEI }
  expect(refundWei({ ...at, gasPriceWei: 10n * GWEI, baseFeeWei: 10n * GWEI })).toBe(500_000n * GWEI)
  expect(refundWei({ ...at, gasPriceWei: 12n * GWEI, baseFeeWei: 10n * GWEI })).toBe(600_000n * GWEI)
  expect(refundWei({ ...at, gasPriceWei: 90n * GWEI, baseFeeWei: 10n * GWEI })).toBe(600_000n * GWEI)
})
