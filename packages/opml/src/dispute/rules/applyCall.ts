import { finishInner, finishRoot } from './finish.ts'
import { joinInner, joinRoot, openRoot } from './join.ts'
import { move } from './move.ts'
import { commit, displace, withdraw } from './ownership.ts'
import { sealCoarse, sealFine, sealGraph } from './seal.ts'
import type { CallContext, Game, GameCall, Turn } from './state.ts'
import { require } from './state.ts'
import { timeout } from './timeout.ts'
import type { GameEvent } from '../types.ts'

/** What a call did: its events in order, and the wei refunded to its sender at once. */
export interface CallResult {
  readonly events: readonly GameEvent[]
  readonly refundedWei: bigint
}

const PAYABLE: ReadonlySet<GameCall['kind']> = new Set(['openRoot', 'joinRoot', 'joinInner', 'displace'])

/**
 * The reference implementation of the dispute: one call against all games of a contract.
 *
 * `game` is changed in place, and only if the call is allowed: every rule is checked before the first change.
 * @throws {GameRuleError} when a rule of spec/06 refuses the call.
 * @see spec/06-dispute.md
 */
export function applyCall(game: Game, context: CallContext, call: GameCall): CallResult {
  require(context.valueWei === 0n || PAYABLE.has(call.kind), 'unexpectedValue', `value=${context.valueWei}`)
  const turn: Turn = { game, context, events: [], refund: null, payout: null }
  dispatch(turn, call)
  game.balanceWei += context.valueWei
  if (turn.payout !== null) turn.events.push({ kind: 'Paid', ...turn.payout, time: context.time })
  if (turn.refund === null) return { events: turn.events, refundedWei: 0n }
  const { to, amountWei } = turn.refund
  turn.events.push({ kind: 'Refunded', to, amountWei, time: context.time })
  return { events: turn.events, refundedWei: amountWei }
}

function dispatch(turn: Turn, call: GameCall): void {
  switch (call.kind) {
    case 'openRoot':
      return openRoot(turn, call)
    case 'joinRoot':
      return joinRoot(turn, call)
    case 'joinInner':
      return joinInner(turn, call)
    case 'move':
      return move(turn, call)
    case 'sealCoarse':
      return sealCoarse(turn, call)
    case 'sealFine':
      return sealFine(turn, call)
    case 'sealGraph':
      return sealGraph(turn, call)
    case 'timeout':
      return timeout(turn, call)
    case 'finishInner':
      return finishInner(turn, call)
    case 'finishRoot':
      return finishRoot(turn, call)
    case 'commit':
      return commit(turn, call)
    case 'displace':
      return displace(turn, call)
    case 'withdraw':
      return withdraw(turn, call)
    default:
      return call satisfies never
  }
}
