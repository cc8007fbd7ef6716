import { numMoves } from './position.ts'

/** Wei in a gwei; bonds and refunds are rounded up to it. */
export const GWEI = 1_000_000_000n

/**
 * Gas budgets of whole transactions (spec/06 §10); the same figures as `contracts/src/libraries/Bond.sol`. Those of `openRoot`,
 * `joinProven` at level 0, and `sealFine` grow by {@link deepGas}.
 */
export const GAS_BUDGET = {
  /** The market's challenge, with the first join inside. */
  openRoot: 270_000n,
  /** A join that makes no match and proves no result. */
  join: 130_000n,
  /** A join that proves a result, or makes a match. */
  joinProven: 190_000n,
  move: 65_000n,
  sealCoarse: 250_000n,
  sealFine: 210_000n,
  /** A time-out or a finish after which nobody meets. */
  end: 130_000n,
  /** A time-out or an inner finish whose winner meets the next opponent at once. */
  endPaired: 190_000n,
} as const

/** A level's share in a proof along the tree: one word of calldata and its hash. */
const LEVEL_GAS = 700n
/** Height up to which the table holds as it is. */
const TABLE_HEIGHT = 12

/** What an opening, a join at level 0 and a `sealFine` may use beyond their budgets in a tree of `height` (spec/06 §10). */
export function deepGas(height: number): bigint {
  return height > TABLE_HEIGHT ? BigInt(height - TABLE_HEIGHT) * LEVEL_GAS : 0n
}

/**
 * Gas that a bond covers: both sides' joins and all moves of a match, one seal, one time-out or finish; where a leaf opens an inner
 * game, also one inner join and its finish.
 *
 * @see spec/06-dispute.md §10
 */
export function bondGas(p: { level: number; height: number; hasInner: boolean }): bigint {
  const { openRoot, joinProven, move, sealCoarse, sealFine, endPaired } = GAS_BUDGET
  const deep = deepGas(p.height)
  const joins = p.level === 0 ? openRoot + joinProven + 2n * deep : 2n * joinProven
  const match = joins + BigInt(numMoves(p.height)) * move + endPaired
  return p.hasInner ? match + sealCoarse + joinProven + endPaired : match + sealFine + deep
}

/** `wei`, rounded up to a whole gwei. */
export function roundUpToGwei(wei: bigint): bigint {
  return ((wei + GWEI - 1n) / GWEI) * GWEI
}

/** Bond of a level: {@link bondGas} at the price cap, rounded up to gwei (spec/06 §8). Wei. */
export function bondWei(p: { level: number; height: number; hasInner: boolean; priceCapWei: bigint }): bigint {
  return roundUpToGwei(bondGas(p) * p.priceCapWei)
}

/**
 * What a call would be refunded if the paying balance had enough: the measured gas, at most the budget, at the least of the price
 * that the sender pays, the block's base fee and the fixed tip, and the price cap; rounded up to gwei. Wei.
 *
 * @see spec/06-dispute.md §8
 */
export function refundWei(p: {
  gasMeasured: bigint
  budgetGas: bigint
  /** What the sender pays a gas: base fee and its own tip. */
  gasPriceWei: bigint
  baseFeeWei: bigint
  tipWei: bigint
  priceCapWei: bigint
}): bigint {
  const gas = p.gasMeasured < p.budgetGas ? p.gasMeasured : p.budgetGas
  const price = least(p.gasPriceWei, least(p.baseFeeWei + p.tipWei, p.priceCapWei))
  return roundUpToGwei(gas * price)
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
