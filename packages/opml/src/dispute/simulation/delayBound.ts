import type { GameParameters } from '../types.ts'

/**
 * The longest that a root tournament may take (spec/06 §7): `T(kind) ≤ window + ⌈log₂ N⌉ · (2·cap + T(inner))`, with the largest clock
 * that each kind can start with, and the seconds that the quickest player takes to call a time-out or a finish.
 *
 * @param p.claims - the largest number of claims in one tournament, for each kind of the model, outermost first.
 * @param p.latency - seconds; 0 if everything that can be ended is ended at once.
 */
export function delayBound(p: { parameters: GameParameters; claims: readonly number[]; latency: number }): number {
  const { rootWindow, initialClock } = p.parameters
  return levelBound(p, { level: 0, window: rootWindow, initialClock })
}

function levelBound(
  p: { parameters: GameParameters; claims: readonly number[]; latency: number },
  at: { level: number; window: number; initialClock: number },
): number {
  const cap = at.initialClock + p.parameters.allowance
  const hasInner = at.level + 1 < p.claims.length
  // An inner window and clock are the larger remainder above, which is at most that level's cap.
  const inner = hasInner ? levelBound(p, { level: at.level + 1, window: cap, initialClock: cap }) : 0
  return at.window + p.latency + ceilLog2(p.claims[at.level] ?? 1) * (2 * cap + inner + p.latency)
}

/** ⌈log₂ n⌉ for n ≥ 1: rounds in which n claims become one. */
export function ceilLog2(n: number): number {
  let rounds = 0
  while (2 ** rounds < n) rounds += 1
  return rounds
}
