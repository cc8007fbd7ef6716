import { expect, test } from 'vitest'
import { GWEI, bondGas, bondWei, deepGas, refundWei, roundUpToGwei } from './bond.ts'

test('default: bond gas of trees of height 12, by hand', () => {
  // 270k + 190k joins, 3 · 65k moves, 190k end, 250k seal, 190k inner join, 190k inner end.
  expect(bondGas({ level: 0, height: 12, hasInner: true })).toBe(1_475_000n)
  // 2 · 190k joins, 3 · 65k moves, 190k end, 210k seal.
  expect(bondGas({ level: 1, height: 12, hasInner: false })).toBe(975_000n)
})

test('edge: each level above 12 costs twice 700 gas at level 0, once below', () => {
  expect(bondGas({ level: 0, height: 40, hasInner: true })).toBe(1_475_000n + 7n * 65_000n + 2n * 28n * 700n)
  expect(bondGas({ level: 1, height: 20, hasInner: false })).toBe(975_000n + 2n * 65_000n + 8n * 700n)
  expect([0, 12, 13].map(deepGas)).toEqual([0n, 0n, 700n])
})

test('default: bonds at 200 gwei a gas', () => {
  const priceCapWei = 200n * GWEI
  expect(bondWei({ level: 0, height: 12, hasInner: true, priceCapWei })).toBe(295_000_000_000_000_000n)
  expect(bondWei({ level: 1, height: 12, hasInner: false, priceCapWei })).toBe(195_000_000_000_000_000n)
})

test('edge: money is rounded up to a gwei', () => {
  expect([0n, 1n, GWEI, GWEI + 1n].map(roundUpToGwei)).toEqual([0n, GWEI, GWEI, 2n * GWEI])
  expect(bondWei({ level: 1, height: 4, hasInner: false, priceCapWei: 1n })).toBe(GWEI)
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
