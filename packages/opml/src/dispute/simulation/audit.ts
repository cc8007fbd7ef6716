import type { Bytes32 } from '../../core/bytes.ts'
import { PHASE } from '../clock.ts'
import type { GameView } from '../gameView.ts'
import { claimIn, matchIn, tournamentIn } from '../gameView.ts'
import type { Game } from '../rules/state.ts'
import { hashWords } from '../words.ts'

/** A simulated game broke something that must always hold. */
export class AuditError extends Error {
  override readonly name = 'AuditError'
}

/** Fails unless bonds less spent, pots and credits are exactly what the contract holds, and none is negative. @see spec/06 §8 */
export function auditFunds(game: Game): void {
  let sum = 0n
  for (const claim of game.claims.values()) sum += notNegative(claim.bondWei, 'bond')
  for (const match of game.matches.values()) {
    if (match.phase !== PHASE.over)
      sum -= notNegative(match.spentAWei, 'spentA') + notNegative(match.spentBWei, 'spentB')
  }
  for (const tournament of game.tournaments.values()) sum += notNegative(tournament.potWei, 'pot')
  for (const wei of game.creditsWei.values()) sum += notNegative(wei, 'credit')
  same('balance', game.balanceWei, sum)
}

/** Fails unless `view`, made of events alone, says of its dispute what the rules have stored. */
export function auditView(game: Game, view: GameView): void {
  for (const [id, stored] of game.tournaments) {
    if (stored.rootId !== view.rootId) continue
    const seen = tournamentIn(view, id)
    same(`${id} windowEnd`, seen.windowEnd, stored.windowEnd)
    same(`${id} finished`, seen.finished, stored.finished)
    same(`${id} freeClaim`, seen.freeClaim, stored.freeClaim)
    same(`${id} claims`, seen.claimIds.length, stored.numClaims)
  }
  auditClaims(game, view)
  auditMatches(game, view)
}

function auditClaims(game: Game, view: GameView): void {
  for (const id of view.claims.keys()) {
    const seen = claimIn(view, id)
    const stored = game.claims.get(id)
    same(`${id} status`, seen.status, stored?.status)
    same(`${id} owner`, seen.owner, stored?.owner)
    same(`${id} ownedSince`, seen.ownedSince, stored?.ownedSince)
    if (seen.status !== 'dead') same(`${id} clock`, seen.clock, stored?.clock)
  }
}

function auditMatches(game: Game, view: GameView): void {
  for (const id of view.matches.keys()) {
    const seen = matchIn(view, id)
    const stored = game.matches.get(id)
    same(`${id} pair`, hashWords(seen.nodeA, seen.nodeB), stored?.pairHash)
    for (const field of ['index', 'height', 'phase', 'since', 'clockA', 'clockB'] as const) {
      same(`${id} ${field}`, seen[field], stored?.[field])
    }
  }
}

/** The claim that root tournament `rootId` recorded as its survivor, null if none. */
export function rootSurvivor(game: Game, rootId: Bytes32): Bytes32 | null {
  const tournament = game.tournaments.get(rootId)
  if (tournament === undefined || !tournament.finished) throw new AuditError(`Root ${rootId} is not finished.`)
  return tournament.freeClaim
}

function notNegative(wei: bigint, what: string): bigint {
  if (wei < 0n) throw new AuditError(`Negative ${what}: ${wei} wei.`)
  return wei
}

function same<T>(what: string, actual: T, expected: T): void {
  if (actual !== expected) throw new AuditError(`${what}: ${actual}, expected ${expected}.`)
}
