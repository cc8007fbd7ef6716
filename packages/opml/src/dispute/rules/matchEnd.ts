import type { Bytes32 } from '../../core/bytes.ts'
import type { Side } from '../clock.ts'
import { PHASE, opponentOf } from '../clock.ts'
import { ZERO_WORD } from '../types.ts'
import type { Payer } from './money.ts'
import { fromBond, refund } from './money.ts'
import { becomeFree } from './pairing.ts'
import type { Claim, Match, Tournament, Turn } from './state.ts'
import { storedClaim } from './state.ts'

/**
 * Ends a match: books what it spent, refunds the call, lets the loser's bond refill the winner's, gives the rest to the pot, and frees
 * the winner.
 *
 * @param p.reason - a value of `MATCH_END`.
 * @param p.settle - what else the losing bonds owe (the inner survivor's top-up); runs after the refund.
 * @see spec/06-dispute.md §8
 */
export function endMatch(
  turn: Turn,
  p: {
    matchId: Bytes32
    match: Match
    tournament: Tournament
    winner: Side | null
    reason: number
    budgetGas: bigint
    /** If the winner meets the next opponent at once. */
    pairedBudgetGas: bigint
    /** Balances that pay before the losing bonds. */
    payersBefore?: readonly Payer[]
    settle?: (losers: readonly Payer[]) => void
  },
): void {
  const { match, matchId, tournament, winner, reason } = p
  const { game, context, events } = turn
  const claims = { a: storedClaim(game, match.claimIdA), b: storedClaim(game, match.claimIdB) }
  claims.a.bondWei -= match.spentAWei
  claims.b.bondWei -= match.spentBWei
  match.phase = PHASE.over
  match.since = context.time
  tournament.openMatches -= 1
  const winnerId = winner === null ? ZERO_WORD : winner === 'a' ? match.claimIdA : match.claimIdB

  const losing: Claim[] = winner === null ? [claims.a, claims.b] : [claims[opponentOf(winner)]]
  const losers = losing.map(fromBond)
  const isPaired = winner !== null && tournament.freeClaim !== null
  const budgetGas = isPaired ? p.pairedBudgetGas : p.budgetGas
  refund(turn, { budgetGas, payers: [...(p.payersBefore ?? []), ...losers] })
  p.settle?.(losers)
  events.push({ kind: 'MatchEnded', matchId, winner: winnerId, reason, time: context.time })
  if (winner !== null) refill(claims[winner], losers, tournament.bondWei)
  for (const claim of losing) {
    claim.status = 'dead'
    tournament.potWei += claim.bondWei
    claim.bondWei = 0n
  }
  if (winner === null) return
  claims[winner].clock = winner === 'a' ? match.clockA : match.clockB
  becomeFree(turn, { tournamentId: match.tournamentId, tournament, claimId: winnerId })
}

/** Tops a bond up to `fullWei` out of the losing bonds. */
function refill(claim: Claim, losers: readonly Payer[], fullWei: bigint): void {
  for (const loser of losers) claim.bondWei += loser(fullWei - claim.bondWei)
}
