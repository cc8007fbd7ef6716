import type { Bytes32 } from '../core/bytes.ts'
import type { Side } from './clock.ts'
import { isExpired, sideToMove } from './clock.ts'
import { GameInvariantError } from './errors.ts'
import type { ViewedMatch } from './gameView.ts'
import { matchKeyIn, originIn } from './gameView.ts'
import { KIND, innerKindOf } from './kinds.ts'
import type { Plan } from './plan.ts'
import { descentDepth } from './position.ts'
import { descentPath, firstDifference, rootOfDescendants } from './subtree.ts'
import type { TraceProvider } from './traceProvider.ts'
import type { AgreedState } from './types.ts'
import { ZERO_WORD } from './types.ts'

/** A match in which the own root stands on `side`. */
export interface OwnMatch {
  readonly match: ViewedMatch
  readonly side: Side
  readonly trace: TraceProvider
}

/** Moves to the first difference, if it is the own turn and time is left. */
export async function planMove(plan: Plan, own: OwnMatch): Promise<void> {
  const { match, side, trace } = own
  if (sideToMove(match.phase) !== side || isExpired(match, side, plan.now + plan.options.inclusionSeconds)) return
  const depth = descentDepth(match.height)
  const mine = await trace.descendants({ height: match.height, index: match.index }, depth)
  const theirs = side === 'a' ? match.openedB : match.openedA
  checkOwnNode(own, rootOfDescendants(mine))
  const childIndex = firstDifference(mine, theirs)
  const otherChild = theirs[childIndex]
  if (otherChild === undefined) {
    throw new GameInvariantError({ subject: match.id, problem: 'the opponent opened the same descendants as ours' })
  }
  const height = match.height - depth
  const index = (match.index << BigInt(depth)) + BigInt(childIndex)
  plan.actions.push({
    kind: 'move',
    matchId: match.id,
    match: match.numMoves === 0 ? matchKeyIn(plan.view, match) : null,
    childIndex,
    otherChild,
    path: descentPath({ mover: mine, other: theirs, childIndex }),
    opened: await trace.descendants({ height, index }, descentDepth(height)),
    valueWei: 0n,
    reason: `first difference below node ${match.index} of height ${match.height} is child ${childIndex}`,
  })
}

/** Seals the leaf in dispute, if neither side is about to run out of time. */
export async function planSeal(plan: Plan, own: OwnMatch): Promise<void> {
  const { match, trace } = own
  const latest = plan.now + plan.options.inclusionSeconds
  if (isExpired(match, 'a', latest) || isExpired(match, 'b', latest)) return
  const [leaf] = await trace.descendants({ height: 0, index: match.index }, 0)
  if (leaf !== undefined) checkOwnNode(own, leaf)
  const seal = {
    match: matchKeyIn(plan.view, match),
    leafA: match.nodeA,
    leafB: match.nodeB,
    valueWei: 0n,
  }
  if (trace.kind === KIND.graph) {
    const evidence = await trace.sealEvidence(match.index)
    const reason = `leaf ${match.index} is judged by its evidence`
    plan.actions.push({ kind: 'sealGraph', ...seal, inB: own.side === 'b', evidence, reason })
    return
  }
  const prev = await agreedState(own)
  const origin = originIn(plan.view, match.tournamentId)
  if (innerKindOf(plan.levels, trace.kind) !== null) {
    plan.actions.push({
      kind: 'sealCoarse',
      ...seal,
      origin,
      prev,
      reason: `leaf ${match.index} opens its instructions`,
    })
    return
  }
  const witness = await trace.sealEvidence(match.index)
  const reason = `leaf ${match.index} is decided by one instruction`
  plan.actions.push({ kind: 'sealFine', ...seal, origin, prev, witness, reason })
}

/** The state before the leaf in dispute, proven in the own tree. */
async function agreedState(own: OwnMatch): Promise<AgreedState> {
  const { match, trace, side } = own
  if (match.index === 0n) return { stateHash: ZERO_WORD, inB: false, siblings: await trace.initialSiblings() }
  const position = match.index - 1n
  const [stateHash] = await trace.descendants({ height: 0, index: position }, 0)
  if (stateHash === undefined) throw new RangeError('A trace opened a leaf to nothing.')
  return { stateHash, inB: side === 'b', siblings: await trace.proveLeaf(position) }
}

function checkOwnNode(own: OwnMatch, node: Bytes32): void {
  const { match, side } = own
  if (node === (side === 'a' ? match.nodeA : match.nodeB)) return
  const problem = `the own trace has another node ${match.index} at height ${match.height} than the chain shows for our root`
  throw new GameInvariantError({ subject: match.id, problem })
}
