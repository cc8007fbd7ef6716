import type { DeploymentParameters } from 'opml/chain'

/** When a role commits to its root before it joins: where the window allows, never, or where it also pays. */
export const COMMIT_MODES = ['always', 'never', 'auto'] as const

/** One of {@link COMMIT_MODES}. */
export type CommitMode = (typeof COMMIT_MODES)[number]

/** What the choice rests on. Times in seconds. */
export interface CommitChoice {
  readonly mode: CommitMode
  readonly now: number
  /** When joins are refused. */
  readonly windowEnd: number
  /** Seconds that one transaction may take into a block. */
  readonly inclusionSeconds: number
  /** What the owner of the claim gains if it survives and somebody who copied it would take away. */
  readonly prizeWei: bigint
  /** Base fee and tip, a gas. */
  readonly priceWei: bigint
}

/** Gas of a commitment as a whole transaction, measured, rounded up; nobody refunds it. */
const COMMIT_GAS = 50_000n

/** `auto` commits as soon as one join in so many is copied: copying costs a watcher of the mempool nothing, so few are not to be hoped for. */
const JOINS_PER_COPY = 20n

/**
 * Whether to commit before a join at level 0. An inner claim's owner gains nothing by it (spec/06 §8: its own bond, whoever wins), so
 * nobody commits there.
 *
 * A commitment that leaves no time for the join behind it is never made: the join is worth more.
 */
export function isCommitWorthIt(choice: CommitChoice): boolean {
  const { mode, now, windowEnd, inclusionSeconds, prizeWei, priceWei } = choice
  if (mode === 'never' || now + 2 * inclusionSeconds >= windowEnd) return false
  return mode === 'always' || prizeWei > JOINS_PER_COPY * COMMIT_GAS * priceWei
}

/**
 * Wei that the owner of a surviving claim at level 0 gains at least, and that a copier who owns it would take away.
 *
 * Where the posted result is wrong: submit bond and fee (spec/06 §9). Where it is right these go to its submitter, whoever owns the claim;
 * there is the pot, which holds what one loser's bond leaves when all gas that it covers was used: bonds are priced at the cap.
 */
export function prizeWei(p: {
  isPostedRight: boolean
  feeWei: bigint
  /** Bond of level 0. */
  bondWei: bigint
  /** Base fee and tip, a gas. */
  priceWei: bigint
  parameters: Pick<DeploymentParameters, 'submitBondWei' | 'priceCapWei'>
}): bigint {
  const { submitBondWei, priceCapWei } = p.parameters
  if (!p.isPostedRight) return submitBondWei + p.feeWei
  return p.priceWei >= priceCapWei ? 0n : (p.bondWei * (priceCapWei - p.priceWei)) / priceCapWei
}
