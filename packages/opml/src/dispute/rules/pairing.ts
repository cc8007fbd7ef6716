import type { Bytes32 } from '../../core/bytes.ts'
import { PHASE, matchClock } from '../clock.ts'
import { matchIdOfClaims } from '../names.ts'
import { hashWords } from '../words.ts'
import type { Tournament, Turn } from './state.ts'
import { storedClaim } from './state.ts'

/**
 * A claim became free: it waits, or meets the one that waits, which is A and moves first (spec/06 §3).
 *
 * @returns whether a match was made.
 */
export function becomeFree(
  turn: Turn,
  p: { tournamentId: Bytes32; tournament: Tournament; claimId: Bytes32 },
): boolean {
  const { tournament, claimId } = p
  storedClaim(turn.game, claimId).status = 'free'
  const waiting = tournament.freeClaim
  if (waiting === null) {
    tournament.freeClaim = claimId
    return false
  }
  tournament.freeClaim = null
  startMatch(turn, { ...p, claimIdA: waiting, claimIdB: claimId })
  return true
}

function startMatch(
  turn: Turn,
  p: { tournamentId: Bytes32; tournament: Tournament; claimIdA: Bytes32; claimIdB: Bytes32 },
): void {
  const { tournamentId, tournament, claimIdA, claimIdB } = p
  const { game, context, events } = turn
  const a = storedClaim(game, claimIdA)
  const b = storedClaim(game, claimIdB)
  const { allowance } = game.parameters
  const { initialClock, height } = tournament
  const matchId = matchIdOfClaims(tournamentId, claimIdA, claimIdB)
  game.matches.set(matchId, {
    tournamentId,
    claimIdA,
    claimIdB,
    pairHash: hashWords(a.root, b.root),
    hasMoved: false,
    index: 0n,
    height,
    phase: height === 0 ? PHASE.sealable : PHASE.moveA,
    since: context.time,
    clockA: matchClock({ clock: a.clock, initialClock, allowance }),
    clockB: matchClock({ clock: b.clock, initialClock, allowance }),
    spentAWei: 0n,
    spentBWei: 0n,
  })
  a.status = 'inMatch'
  b.status = 'inMatch'
  tournament.openMatches += 1
  events.push({ kind: 'MatchStarted', tournamentId, matchId, claimIdA, claimIdB, time: context.time })
}
