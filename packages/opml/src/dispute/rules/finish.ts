import type { Bytes32 } from '../../core/bytes.ts'
import { GAS_BUDGET } from '../bond.ts'
import { PHASE, clockCap } from '../clock.ts'
import type { Side } from '../clock.ts'
import { isRootKind } from '../kinds.ts'
import { claimIdOf, innerTournamentId, matchIdOf } from '../names.ts'
import type { ClaimKey, FinishInnerAction, FinishRootAction } from '../types.ts'
import { MATCH_END, ZERO_WORD } from '../types.ts'
import { hashWords } from '../words.ts'
import { endMatch } from './matchEnd.ts'
import type { Payer } from './money.ts'
import { credit, fromBond, fromPot, payOut, refund } from './money.ts'
import type { Claim, Match, Tournament, Turn } from './state.ts'
import { knownMatch, liveTournament, require, storedClaim } from './state.ts'

/** Ends an inner tournament and the match above it. @throws {GameRuleError} @see spec/06-dispute.md §7, §8 */
export function finishInner(turn: Turn, call: FinishInnerAction): void {
  const { game } = turn
  const matchId = matchIdOf(call.parent)
  const match = knownMatch(game, matchId)
  require(match.phase === PHASE.inner, 'wrongPhase', `phase=${match.phase}`)
  require(hashWords(call.leafA, call.leafB) === match.pairHash, 'leavesMismatch')
  const { modelId, prevState } = call
  const innerId = innerTournamentId({ parentMatch: matchId, modelId, prevState })
  const inner = liveTournament(game, innerId)
  const survivor = survivorOf(turn, innerId, inner, call.winner)
  const winner: Side | null = survivor === null ? null : survivor.outcome === call.leafA ? 'a' : 'b'
  const tournament = liveTournament(game, match.tournamentId)
  finish(turn, innerId, inner, survivor)
  if (survivor !== null && winner !== null) adoptClock(turn, { match, tournament, survivor, winner })
  const pot = fromPot(inner)
  endMatch(turn, {
    matchId,
    match,
    tournament,
    winner,
    reason: MATCH_END.inner,
    budgetGas: GAS_BUDGET.end,
    pairedBudgetGas: GAS_BUDGET.endPaired,
    payersBefore: [pot],
    settle: (losers) => {
      if (survivor !== null) payFullBond(turn, survivor, [pot, ...losers], inner.bondWei)
      tournament.potWei += inner.potWei
      inner.potWei = 0n
    },
  })
}

/** Ends a root tournament: its survivor takes bond and pot. @throws {GameRuleError} @see spec/06-dispute.md §7, §8 */
export function finishRoot(turn: Turn, call: FinishRootAction): void {
  const { tournamentId } = call
  const tournament = liveTournament(turn.game, tournamentId)
  require(isRootKind(tournament.kind), 'wrongKind', `kind=${tournament.kind}`)
  const survivor = survivorOf(turn, tournamentId, tournament, call.winner)
  finish(turn, tournamentId, tournament, survivor)
  const pot = fromPot(tournament)
  const payers = survivor === null ? [pot] : [pot, fromBond(survivor)]
  refund(turn, { budgetGas: GAS_BUDGET.end, payers })
  const leftWei = tournament.potWei + (survivor?.bondWei ?? 0n)
  tournament.potWei = 0n
  if (survivor !== null) survivor.bondWei = 0n
  if (survivor === null) credit(turn, tournament.market, leftWei)
  else payOut(turn, survivor.owner, leftWei)
  const lacksWei = tournament.bondWei - leftWei
  tournament.outcome = {
    winner: survivor?.owner ?? null,
    result: survivor?.outcome ?? ZERO_WORD,
    uncoveredWei: survivor !== null && lacksWei > 0n ? lacksWei : 0n,
  }
}

/** The free claim, if any, of a tournament that may end now, held against the key that the call names. */
function survivorOf(turn: Turn, id: Bytes32, tournament: Tournament, named: ClaimKey): Claim | null {
  const { time } = turn.context
  require(time >= tournament.windowEnd, 'windowOpen', `time=${time} windowEnd=${tournament.windowEnd}`)
  require(tournament.openMatches === 0, 'matchOpen', `open=${tournament.openMatches}`)
  const free = tournament.freeClaim
  if (free === null) {
    require(named.root === ZERO_WORD && named.outcome === ZERO_WORD, 'wrongWinner')
    return null
  }
  require(claimIdOf(id, named) === free, 'wrongWinner')
  return storedClaim(turn.game, free)
}

function finish(turn: Turn, tournamentId: Bytes32, tournament: Tournament, survivor: Claim | null): void {
  tournament.finished = true
  if (survivor !== null) survivor.status = 'won'
  turn.events.push({
    kind: 'TournamentFinished',
    tournamentId,
    winner: tournament.freeClaim ?? ZERO_WORD,
    outcome: survivor?.outcome ?? ZERO_WORD,
    time: turn.context.time,
  })
}

/** The survivor's clock, capped, goes to the parent side that it supports. */
function adoptClock(turn: Turn, p: { match: Match; tournament: Tournament; survivor: Claim; winner: Side }): void {
  const { initialClock } = p.tournament
  const { allowance } = turn.game.parameters
  const clock = Math.min(p.survivor.clock, clockCap({ initialClock, allowance }))
  if (p.winner === 'a') p.match.clockA = clock
  else p.match.clockB = clock
}

/** Pays a full bond to the survivor's owner: its own, topped up by the payers in order. */
function payFullBond(turn: Turn, survivor: Claim, payers: readonly Payer[], fullWei: bigint): void {
  let wei = survivor.bondWei
  for (const payer of payers) wei += payer(fullWei - wei)
  survivor.bondWei = 0n
  payOut(turn, survivor.owner, wei)
}
