import type { Bytes32 } from '../../core/bytes.ts'
import { GAS_BUDGET } from '../bond.ts'
import { PHASE, chargedClock, isExpired, sideToMove } from '../clock.ts'
import type { Side } from '../clock.ts'
import { matchIdOf } from '../names.ts'
import { descentDepth } from '../position.ts'
import { nodesOfDescent, pathLength, rootOfDescendants } from '../subtree.ts'
import type { MoveAction } from '../types.ts'
import { hashWords } from '../words.ts'
import { fromSpent, refund } from './money.ts'
import type { Match, Turn } from './state.ts'
import { knownMatch, require } from './state.ts'

/** Takes a match one descent down, for the side whose turn it is. @throws {GameRuleError} @see spec/06-dispute.md §4 */
export function move(turn: Turn, call: MoveAction): void {
  const { matchId, childIndex, otherChild, opened } = call
  const { time } = turn.context
  const match = knownMatch(turn.game, matchId)
  checkName(match, call)
  const side = sideToMove(match.phase)
  require(side !== null, 'wrongPhase', `phase=${match.phase}`)
  require(!isExpired(match, side, time), 'expired', `side=${side}`)
  const child = checkMove(match, side, call)
  const depth = descentDepth(match.height)
  match.pairHash = side === 'a' ? hashWords(child, otherChild) : hashWords(otherChild, child)
  match.index = (match.index << BigInt(depth)) + BigInt(childIndex)
  match.height -= depth
  match.hasMoved = true
  passTurn(match, side, time)
  const { index, height } = match
  turn.events.push({ kind: 'Moved', matchId, index, height, otherChild, opened, time })
  refund(turn, {
    budgetGas: call.match === null ? GAS_BUDGET.move : GAS_BUDGET.firstMove,
    payers: [fromSpent(turn, match, side)],
  })
}

/** The first move names the match by its claims, whose roots are the pair in dispute; no later one does. */
function checkName(match: Match, { match: key, matchId }: MoveAction): void {
  require((key === null) === match.hasMoved, 'wrongPhase', `moved=${match.hasMoved}`)
  require(key === null || matchIdOf(key) === matchId, 'unknownMatch', matchId)
}

/** @returns the mover's child. */
function checkMove(match: Match, side: Side, call: MoveAction): Bytes32 {
  const { childIndex, otherChild, path, opened } = call
  const depth = descentDepth(match.height)
  require(Number.isInteger(childIndex) && childIndex >= 0 && childIndex < 1 << depth, 'badChildIndex', `${childIndex}`)
  require(opened.length === 1 << descentDepth(match.height - depth), 'badOpening', `words=${opened.length}`)
  require(path.length === pathLength(depth, childIndex), 'badPath', `words=${path.length}`)
  const child = rootOfDescendants(opened)
  require(child !== otherChild, 'equalChildren')
  const { mover, other } = nodesOfDescent({ depth, childIndex, moverChild: child, otherChild, path })
  const pair = side === 'a' ? hashWords(mover, other) : hashWords(other, mover)
  require(pair === match.pairHash, 'pairMismatch')
  return child
}

function passTurn(match: Match, side: Side, time: number): void {
  const elapsed = time - match.since
  if (side === 'a') match.clockA = chargedClock(match.clockA, elapsed)
  else match.clockB = chargedClock(match.clockB, elapsed)
  match.since = time
  match.phase = match.height === 0 ? PHASE.sealable : side === 'a' ? PHASE.moveB : PHASE.moveA
}
