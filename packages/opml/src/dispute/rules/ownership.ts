import { claimIdOf, commitmentOf } from '../names.ts'
import type { CommitAction, DisplaceAction } from '../types.ts'
import { credit } from './money.ts'
import type { Turn, WithdrawCall } from './state.ts'
import { liveTournament, require } from './state.ts'

/** Stores the time of a commitment, once: whoever repeats it changes nothing. @see spec/06-dispute.md §3 */
export function commit(turn: Turn, call: CommitAction): void {
  const { commitments } = turn.game
  const { time } = turn.context
  if (commitments.has(call.commitment)) return
  commitments.set(call.commitment, time)
  turn.events.push({ kind: 'Committed', commitment: call.commitment, time })
}

/**
 * Makes the sender, who committed before, the owner of a claim that was copied. It pays the former owner a full bond; the claim's own
 * bond, what it has spent, its clock and its match stay. The owner itself may show its older commitment for nothing.
 *
 * @throws {GameRuleError} @see spec/06-dispute.md §3
 */
export function displace(turn: Turn, call: DisplaceAction): void {
  const { game, context, events } = turn
  const { tournamentId } = call
  const { sender, valueWei, time } = context
  const tournament = liveTournament(game, tournamentId)
  require(time < tournament.windowEnd, 'windowClosed')
  const claimId = claimIdOf(tournamentId, call.claim)
  const claim = game.claims.get(claimId)
  require(claim !== undefined && (claim.status === 'free' || claim.status === 'inMatch'), 'claimNotLive', claimId)
  const { root } = call.claim
  const committed = game.commitments.get(commitmentOf({ tournamentId, root, sender, salt: call.salt }))
  require(committed !== undefined, 'noCommitment')
  require(committed < claim.ownedSince, 'commitmentTooLate', `committed=${committed} owned=${claim.ownedSince}`)
  const formerOwner = claim.owner
  const priceWei = sender === formerOwner ? 0n : tournament.bondWei
  require(valueWei === priceWei, 'wrongBond', `value=${valueWei} price=${priceWei}`)
  claim.owner = sender
  claim.ownedSince = committed
  events.push({ kind: 'Displaced', tournamentId, claimId, newOwner: sender, formerOwner, ownedSince: committed, time })
  credit(turn, formerOwner, priceWei)
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
