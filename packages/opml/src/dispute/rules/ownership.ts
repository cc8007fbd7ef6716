import { PHASE } from '../clock.ts'
import { claimIdOf, commitmentOf, matchIdOfClaims } from '../names.ts'
import type { CommitAction, DisplaceAction } from '../types.ts'
import { credit } from './money.ts'
import type { Claim, Match, Turn, WithdrawCall } from './state.ts'
import { liveTournament, require } from './state.ts'

/** Stores the time of a commitment, once: whoever repeats it changes nothing. @see spec/06-dispute.md §3 */
export function commit(turn: Turn, call: CommitAction): void {
  const { commitments } = turn.game
  const { time } = turn.context
  if (commitments.has(call.commitment)) return
  commitments.set(call.commitment, time)
  turn.events.push({ kind: 'Committed', commitment: call.commitment, time })
}

/** Makes the sender, who committed before, the owner of a claim that was copied. @throws {GameRuleError} @see spec/06-dispute.md §3 */
export function displace(turn: Turn, call: DisplaceAction): void {
  const { game, context } = turn
  const { tournamentId } = call
  const tournament = liveTournament(game, tournamentId)
  require(context.time < tournament.windowEnd, 'windowClosed')
  require(context.valueWei === tournament.bondWei, 'wrongBond', `value=${context.valueWei} bond=${tournament.bondWei}`)
  const claimId = claimIdOf(tournamentId, call.claim)
  const claim = game.claims.get(claimId)
  require(claim !== undefined && (claim.status === 'free' || claim.status === 'inMatch'), 'claimNotLive', claimId)
  const { root } = call.claim
  const committed = game.commitments.get(commitmentOf({ tournamentId, root, sender: context.sender, salt: call.salt }))
  require(committed !== undefined, 'noCommitment')
  require(committed < claim.ownedSince, 'commitmentTooLate', `committed=${committed} owned=${claim.ownedSince}`)
  const match = claim.status === 'inMatch' ? matchOf(turn, call) : null
  changeOwner(turn, { claim, match, isA: call.claimIsA, committed, call })
}

/** The match that the call says the claim is in. */
function matchOf(turn: Turn, call: DisplaceAction): Match {
  const { tournamentId } = call
  const claimId = claimIdOf(tournamentId, call.claim)
  const opponentId = claimIdOf(tournamentId, call.opponent)
  const [claimIdA, claimIdB] = call.claimIsA ? [claimId, opponentId] : [opponentId, claimId]
  const match = turn.game.matches.get(matchIdOfClaims(tournamentId, claimIdA, claimIdB))
  require(match !== undefined && match.phase !== PHASE.over, 'wrongMatch')
  return match
}

/** A full new bond comes in, what is left of the old one is the former owner's; the match starts to spend from zero again. */
function changeOwner(
  turn: Turn,
  p: { claim: Claim; match: Match | null; isA: boolean; committed: number; call: DisplaceAction },
): void {
  const { claim, match, isA, call } = p
  const { sender, valueWei, time } = turn.context
  const formerOwner = claim.owner
  let leftWei = claim.bondWei
  if (match !== null) {
    leftWei -= isA ? match.spentAWei : match.spentBWei
    if (isA) match.spentAWei = 0n
    else match.spentBWei = 0n
  }
  claim.owner = sender
  claim.ownedSince = p.committed
  claim.bondWei = valueWei
  const claimId = claimIdOf(call.tournamentId, call.claim)
  turn.events.push({
    kind: 'Displaced',
    tournamentId: call.tournamentId,
    claimId,
    newOwner: sender,
    formerOwner,
    time,
  })
  credit(turn, formerOwner, leftWei)
}

/** Pays an account all of its credit; anyone may call. @throws {GameRuleError} @see spec/06-dispute.md §8 */
export function withdraw(turn: Turn, call: WithdrawCall): void {
  const { game, context, events } = turn
  const wei = game.creditsWei.get(call.to) ?? 0n
  require(wei > 0n, 'nothingToWithdraw', call.to)
  game.creditsWei.delete(call.to)
  game.balanceWei -= wei
  events.push({ kind: 'Withdrawn', to: call.to, amountWei: wei, time: context.time })
}
