import type { Bytes32 } from '../core/bytes.ts'
import { PHASE, isExpired } from './clock.ts'
import { GameInvariantError } from './errors.ts'
import type { ViewedMatch, ViewedTournament } from './gameView.ts'
import { claimKeyIn, matchIn, matchKeyIn, sideIn, tournamentIn } from './gameView.ts'
import { KIND_NAMES } from './kinds.ts'
import { claimIdOf } from './names.ts'
import type { NextActionsInput, Plan } from './plan.ts'
import { planJoin } from './planJoin.ts'
import { planMove, planSeal } from './planMatch.ts'
import type { TraceProvider } from './traceProvider.ts'
import type { ClaimKey, PlannedAction } from './types.ts'
import { ZERO_WORD } from './types.ts'

/**
 * What an honest player does now; what ends an inner game comes before what it decides. It joins with its own root, moves and seals wherever that root is in a match,
 * whoever owns it, claims time-outs and ends what can be ended.
 *
 * A pure function of its input: the same view gives the same actions, so a player may stop and start at any time. Every action is
 * allowed by the rules of spec/06 at `now` and for `inclusionSeconds` after; those of one answer may be sent in order.
 * @throws {GameInvariantError} when the chain shows something about the own root that the own trace contradicts.
 */
export async function nextActions(input: NextActionsInput): Promise<PlannedAction[]> {
  const { options } = input
  const plan: Plan = {
    ...input,
    options: {
      joinRoot: options?.joinRoot ?? true,
      sweep: options?.sweep ?? true,
      inclusionSeconds: options?.inclusionSeconds ?? 0,
      commitSalt: options?.commitSalt ?? null,
      commitFirst: options?.commitFirst ?? true,
    },
    actions: [],
  }
  const root = input.view.tournaments.get(input.view.rootId)
  if (root !== undefined) await planTournament(plan, root, input.trace)
  return plan.actions
}

/** `trace` is null where the own root takes no part: there a player only sweeps. */
async function planTournament(plan: Plan, tournament: ViewedTournament, trace: TraceProvider | null): Promise<void> {
  if (tournament.finished) return
  if (trace !== null && (trace.height !== tournament.height || trace.kind !== tournament.kind)) {
    const problem = `the own trace is ${KIND_NAMES[trace.kind]} of height ${trace.height}, the tournament ${KIND_NAMES[tournament.kind]} of height ${tournament.height}`
    throw new GameInvariantError({ subject: tournament.id, problem })
  }
  const ownId = trace === null ? null : await ownClaimId(tournament, trace)
  // A displacement needs a live claim, so it goes before whatever may end the claim's match.
  if (trace !== null && ownId !== null) await planJoin(plan, { tournament, trace, ownId })
  for (const matchId of tournament.matchIds) {
    const match = matchIn(plan.view, matchId)
    if (match.phase !== PHASE.over) await planMatch(plan, { match, ownId, trace })
  }
  planFinish(plan, tournament, ownId)
}

async function ownClaimId(tournament: ViewedTournament, trace: TraceProvider): Promise<Bytes32> {
  return claimIdOf(tournament.id, { root: await trace.root(), outcome: await trace.outcome() })
}

async function planMatch(
  plan: Plan,
  p: { match: ViewedMatch; ownId: Bytes32 | null; trace: TraceProvider | null },
): Promise<void> {
  const { match, trace } = p
  const side = p.ownId === null ? null : sideIn(match, p.ownId)
  if (match.phase === PHASE.inner) {
    if (match.innerId === null)
      throw new GameInvariantError({ subject: match.id, problem: 'its inner game is not known' })
    const inner = side === null || trace === null ? null : await trace.inner(match.index)
    return planTournament(plan, tournamentIn(plan.view, match.innerId), inner)
  }
  if (isExpired(match, 'a', plan.now) || isExpired(match, 'b', plan.now)) {
    if (side !== null || plan.options.sweep) planTimeout(plan, match)
    return
  }
  if (side === null || trace === null) return
  if (match.phase === PHASE.sealable) return planSeal(plan, { match, side, trace })
  return planMove(plan, { match, side, trace })
}

function planTimeout(plan: Plan, match: ViewedMatch): void {
  plan.actions.push({
    kind: 'timeout',
    match: matchKeyIn(plan.view, match),
    valueWei: 0n,
    reason: `a clock ran out at node ${match.index} of height ${match.height}`,
  })
}

function planFinish(plan: Plan, tournament: ViewedTournament, ownId: Bytes32 | null): void {
  const { view, now } = plan
  const isOpen = tournament.matchIds.some((id) => matchIn(view, id).phase !== PHASE.over)
  if (now < tournament.windowEnd || isOpen) return
  if (ownId === null && !plan.options.sweep) return
  const winner: ClaimKey =
    tournament.freeClaim === null ? { root: ZERO_WORD, outcome: ZERO_WORD } : claimKeyIn(view, tournament.freeClaim)
  const who =
    tournament.freeClaim === null ? 'nobody is left' : tournament.freeClaim === ownId ? 'we are left' : 'one is left'
  const reason = `the window has closed and ${who} of ${tournament.claimIds.length} claims`
  if (tournament.parentMatch === null) {
    plan.actions.push({ kind: 'finishRoot', tournamentId: tournament.id, winner, valueWei: 0n, reason })
    return
  }
  const parent = matchIn(view, tournament.parentMatch)
  plan.actions.push({
    kind: 'finishInner',
    parent: matchKeyIn(view, parent),
    leafA: parent.nodeA,
    leafB: parent.nodeB,
    modelId: tournament.modelId,
    prevState: tournament.prevState,
    winner,
    valueWei: 0n,
    reason,
  })
}
