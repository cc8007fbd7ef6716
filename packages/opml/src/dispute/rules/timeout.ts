import { GAS_BUDGET } from '../bond.ts'
import { PHASE, chargedClock, isExpired } from '../clock.ts'
import type { Side } from '../clock.ts'
import { matchIdOf } from '../names.ts'
import type { TimeoutAction } from '../types.ts'
import { MATCH_END } from '../types.ts'
import { endMatch } from './matchEnd.ts'
import type { Turn } from './state.ts'
import { knownMatch, liveTournament, require } from './state.ts'

/** Ends a match in which a clock ran out; it never comes too late. @throws {GameRuleError} @see spec/06-dispute.md §6 */
export function timeout(turn: Turn, call: TimeoutAction): void {
  const matchId = matchIdOf(call.match)
  const match = knownMatch(turn.game, matchId)
  const { time } = turn.context
  require(match.phase !== PHASE.over && match.phase !== PHASE.inner, 'wrongPhase', `phase=${match.phase}`)
  const expired = { a: isExpired(match, 'a', time), b: isExpired(match, 'b', time) }
  require(expired.a || expired.b, 'notExpired', `time=${time} since=${match.since}`)
  const winner: Side | null = expired.a && expired.b ? null : expired.a ? 'b' : 'a'
  if (match.phase === PHASE.sealable) {
    match.clockA = chargedClock(match.clockA, time - match.since)
    match.clockB = chargedClock(match.clockB, time - match.since)
  }
  const tournament = liveTournament(turn.game, match.tournamentId)
  endMatch(turn, {
    matchId,
    match,
    tournament,
    winner,
    reason: MATCH_END.timeout,
    budgetGas: GAS_BUDGET.end,
    pairedBudgetGas: GAS_BUDGET.endPaired,
  })
}
