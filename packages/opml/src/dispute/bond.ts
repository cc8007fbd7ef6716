import { numMoves } from './position.ts'

/** Wei in a gwei; bonds and refunds are rounded up to it. */
export const GWEI = 1_000_000_000n

/** Gas budgets of whole transactions (spec/06 §10). */
export const GAS_BUDGET = {
  move: 65_000n,
  /** A join that makes no match and proves no result. */
  joinQuiet: 130_000n,
  join: 190_000n,
  sealCoarse: 250_000n,
  sealFine: 200_000n,
  timeout: 130_000n,
  finishInner: 130_000n,
  finishRoot: 130_000n,
} as const

/**
 * Gas that a bond covers: both sides' joins and all moves of a match, one seal, one time-out or finish; where a leaf opens an inner
 * game, also one inner join and its finish.
 *
 * @see spec/06-dispute.md §10
 */
export function bondGas(p: { height: number; hasInner: boolean }): bigint {
  const match = 2n * GAS_BUDGET.join + BigInt(numMoves(p.height)) * GAS_BUDGET.move + GAS_BUDGET.timeout
  return p.hasInner
    ? match + GAS_BUDGET.sealCoarse + GAS_BUDGET.join + GAS_BUDGET.finishInner
    : match + GAS_BUDGET.sealFine
}

/** `wei`, rounded up to a whole gwei. */
export function roundUpToGwei(wei: bigint): bigint {
  return ((wei + GWEI - 1n) / GWEI) * GWEI
}

/** Bond of a level: {@link bondGas} at the price cap, rounded up to gwei (spec/06 §8). Wei. */
export function bondWei(p: { height: number; hasInner: boolean; priceCapWei: bigint }): bigint {
  return roundUpToGwei(bondGas(p) * p.priceCapWei)
}

/**
 * What a call would be refunded if the paying balance had enough: the measured gas, at most the budget, at the block's base fee and
 * the fixed tip, at most the price cap; rounded up to gwei. Wei.
 *
 * @see spec/06-dispute.md §8
 */
export function refundWei(p: {
  gasMeasured: bigint
  budgetGas: bigint
  baseFeeWei: bigint
  tipWei: bigint
  priceCapWei: bigint
}): bigint {
  const gas = p.gasMeasured < p.budgetGas ? p.gasMeasured : p.budgetGas
  const price = p.baseFeeWei + p.tipWei
  return roundUpToGwei(gas * (price < p.priceCapWei ? price : p.priceCapWei))
}
