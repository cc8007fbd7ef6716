import { KIND, heightOf } from './kinds.ts'
import type { Kind, ModelLevels } from './kinds.ts'
import { numMoves } from './position.ts'

/** Wei in a gwei; bonds and refunds are rounded up to it. */
export const GWEI = 1_000_000_000n

/**
 * Gas budgets of whole transactions (spec/06 §10); the same figures as `contracts/src/libraries/Bond.sol`. Some grow with the tree or
 * with the words of a program: {@link openGas}, {@link joinGas}, {@link sealFineGas}, {@link wordsGas}.
 */
export const GAS_BUDGET = {
  /** The market's challenge, with the first join inside. */
  openRoot: 300_000n,
  /** A join that makes no match and proves no result. */
  join: 130_000n,
  /** A join that proves what it stands for, or makes a match. */
  joinProven: 210_000n,
  move: 65_000n,
  /** The first move of a match, which stores its pair of nodes. */
  firstMove: 90_000n,
  sealCoarse: 250_000n,
  sealFine: 210_000n,
  sealGraph: 280_000n,
  /** A time-out or a finish after which nobody meets. */
  end: 130_000n,
  /** A time-out or an inner finish whose winner meets the next opponent at once. */
  endPaired: 190_000n,
} as const

/** A level's share in a proof along the tree: one word of calldata and its hash. */
const LEVEL_GAS = 700n
/** Height up to which the table holds as it is. */
const TABLE_HEIGHT = 12
/** A word of a program's proofs: calldata and its hash. */
const WORD_GAS = 1_300n
/** Words that the table has room for. */
const TABLE_WORDS = 24
/** Greatest height of a machine's tree (spec/03 §4). */
const MAX_COARSE_HEIGHT = 40

/** What an opening, a proven join and a `sealFine` may use beyond their budgets in a tree of `height` (spec/06 §10). */
export function deepGas(height: number): bigint {
  return height > TABLE_HEIGHT ? BigInt(height - TABLE_HEIGHT) * LEVEL_GAS : 0n
}

/** What a call with the proofs of a program of so many words may use beyond its budget (spec/06 §10). */
export function wordsGas(words: number): bigint {
  return words > TABLE_WORDS ? BigInt(words - TABLE_WORDS) * WORD_GAS : 0n
}

/** Budget of an opening, with a tree of `height` or a program of so many words. */
export function openGas(p: { kind: Kind; height: number; words: number }): bigint {
  return GAS_BUDGET.openRoot + (p.kind === KIND.graph ? wordsGas(p.words) : deepGas(p.height))
}

/** Budget of a join of a tournament of `kind` that makes no match; with one it is at least that of a proven join. */
export function joinGas(p: { kind: Kind; height: number; words: number }): bigint {
  if (p.kind === KIND.fine) return GAS_BUDGET.join
  return GAS_BUDGET.joinProven + (p.kind === KIND.graph ? wordsGas(p.words) : deepGas(p.height))
}

/** Budget of the seal that decides a leaf by one instruction in a tree of `height`. */
export function sealFineGas(height: number): bigint {
  return GAS_BUDGET.sealFine + deepGas(height)
}

/**
 * Gas that a bond covers: both sides' joins and all moves of a match, one seal, one time-out or finish; where a leaf may open an inner
 * game, also one inner join and its finish.
 *
 * @see spec/06-dispute.md §10
 */
export function bondGas(p: { kind: Kind; height: number; words: number }): bigint {
  const { joinProven, move, firstMove, sealCoarse, sealGraph, endPaired } = GAS_BUDGET
  const { kind, height } = p
  const match = BigInt(numMoves(height)) * move + (height === 0 ? 0n : firstMove - move) + endPaired
  if (kind === KIND.fine) return match + 2n * joinProven + sealFineGas(height)
  const isRoot = kind === KIND.coarse || kind === KIND.graph
  const joins = (isRoot ? openGas(p) : joinGas(p)) + joinGas(p)
  const inner = joinProven + endPaired
  if (kind === KIND.graph) return match + joins + sealGraph + wordsGas(p.words) + inner + deepGas(MAX_COARSE_HEIGHT)
  return match + joins + greatest(sealCoarse, sealFineGas(height)) + inner
}

/** `wei`, rounded up to a whole gwei. */
export function roundUpToGwei(wei: bigint): bigint {
  return ((wei + GWEI - 1n) / GWEI) * GWEI
}

/** Bond of a tournament of `kind`: {@link bondGas} at the price cap, rounded up to gwei (spec/06 §8). Wei. */
export function bondWei(p: { levels: ModelLevels; kind: Kind; priceCapWei: bigint }): bigint {
  const { levels, kind, priceCapWei } = p
  return roundUpToGwei(bondGas({ kind, height: heightOf(levels, kind), words: levels.words }) * priceCapWei)
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

function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
