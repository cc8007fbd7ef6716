import type { Bytes32, Hex } from '../../core/bytes.ts'
import { PHASE } from '../clock.ts'
import type { GameView } from '../gameView.ts'
import { matchIn, tournamentIn } from '../gameView.ts'
import { innerTournamentId, matchIdOf } from '../names.ts'
import { descentDepth } from '../position.ts'
import { descentPath } from '../subtree.ts'
import type { TraceProvider } from '../traceProvider.ts'
import type { PlannedAction } from '../types.ts'
import { hashText, splitWords } from '../words.ts'
import type { Choice, Habit } from './agent.ts'

/** Joins and never moves or seals. */
export const silent: Habit = (action) => (isPlay(action) ? 'drop' : action)

/** Joins and does nothing else at all. */
export const joinsOnly: Habit = (action) => (isJoin(action) ? action : 'drop')

/** Everything at the last second at which it is still allowed: joins, displacements, moves and seals. */
export const lastSecond = (action: PlannedAction, view: GameView, now: number): Choice => {
  const last = lastSecondOf(action, view)
  return last === null || now >= last ? action : { until: last }
}

/** Joins at once, plays at the last second. */
export const stalls: Habit = (action, view, now) => (isJoin(action) ? action : lastSecond(action, view, now))

/** Joins at the last second, plays at once. */
export const joinsLate: Habit = (action, view, now) => (isJoin(action) ? lastSecond(action, view, now) : action)

/** Plays `count` moves, then falls silent. */
export function fallsSilentAfter(count: number): Habit {
  let left = count
  return (action) => {
    if (!isPlay(action)) return action
    left -= 1
    return left >= 0 ? action : 'drop'
  }
}

/** Plays words that prove nothing: every move, seal and evidence is made up. */
export const garbage: Habit = (action) => {
  if (action.kind === 'move') return { ...action, path: action.path.map((_, i) => noise(i)) }
  if (action.kind === 'sealGraph') return { ...action, evidence: noiseLike(action.evidence) }
  if (action.kind !== 'sealCoarse' && action.kind !== 'sealFine') return action
  return {
    ...action,
    prev: { ...action.prev, stateHash: noise(0), siblings: action.prev.siblings.map((_, i) => noise(i)) },
  }
}

/** Opens other descendants than those of its own claim. */
export const opensAnother: Habit = (action) =>
  action.kind === 'move' ? { ...action, opened: action.opened.map((_, i) => noise(i)) } : action

/**
 * Moves, in the root tournament, to a descendant right of the first difference, as if everything before it agreed: all words are the mover's own or
 * the opponent's, only the left siblings are not the same on both sides.
 */
export function skipsToALaterDifference(trace: TraceProvider): Habit {
  return movesElsewhere(trace, (mine, theirs) => mine.findLastIndex((word, i) => word !== theirs[i]))
}

/** Moves, in the root tournament, to a descendant left of the first difference, where both sides are the same. */
export function pointsAtWhatAgrees(trace: TraceProvider): Habit {
  return movesElsewhere(trace, (mine, theirs) => mine.findLastIndex((word, i) => word === theirs[i]))
}

function movesElsewhere(
  trace: TraceProvider,
  choose: (mine: readonly Bytes32[], theirs: readonly Bytes32[]) => number,
): Habit {
  return async (action, view) => {
    if (action.kind !== 'move') return action
    const match = matchIn(view, action.matchId)
    if (tournamentIn(view, match.tournamentId).parentMatch !== null) return action
    const depth = descentDepth(match.height)
    const height = match.height - depth
    const mine = await trace.descendants({ height: match.height, index: match.index }, depth)
    const theirs = match.phase === PHASE.moveA ? match.openedB : match.openedA
    const childIndex = choose(mine, theirs)
    const otherChild = theirs[childIndex]
    if (otherChild === undefined || childIndex === action.childIndex) return action
    const index = (match.index << BigInt(depth)) + BigInt(childIndex)
    const opened = await trace.descendants({ height, index }, descentDepth(height))
    return { ...action, childIndex, otherChild, opened, path: descentPath({ mover: mine, other: theirs, childIndex }) }
  }
}

/** Ways to play a history, by name: `count` gives how many moves come before the silence of the one that falls silent. */
export const HABITS = {
  silent: () => silent,
  joinsOnly: () => joinsOnly,
  lastSecond: () => lastSecond,
  stalls: () => stalls,
  joinsLate: () => joinsLate,
  fallsSilent: (_trace, count) => fallsSilentAfter(count()),
  garbage: () => garbage,
  opensAnother: () => opensAnother,
  skips: skipsToALaterDifference,
  pointsAtWhatAgrees,
} as const satisfies Record<string, (trace: TraceProvider, count: () => number) => Habit>

/** A name in {@link HABITS}. */
export type HabitName = keyof typeof HABITS

/** The last second in which `action` is still allowed, null where it never comes too late. */
export function lastSecondOf(action: PlannedAction, view: GameView): number | null {
  switch (action.kind) {
    case 'move': {
      const match = matchIn(view, action.matchId)
      return match.since + (match.phase === PHASE.moveA ? match.clockA : match.clockB) - 1
    }
    case 'sealCoarse':
    case 'sealFine':
    case 'sealGraph': {
      const match = matchIn(view, matchIdOf(action.match))
      return match.since + Math.min(match.clockA, match.clockB) - 1
    }
    case 'joinRoot':
    case 'displace':
      return windowEndOf(view, action.tournamentId) - 1
    case 'joinInner':
      return windowEndOf(view, innerTournamentId(action.origin)) - 1
    case 'timeout':
    case 'finishInner':
    case 'finishRoot':
    case 'commit':
      return null
    default:
      return action satisfies never
  }
}

function windowEndOf(view: GameView, tournamentId: Bytes32): number {
  return view.tournaments.get(tournamentId)?.windowEnd ?? 0
}

function isJoin(action: PlannedAction): boolean {
  return action.kind === 'joinRoot' || action.kind === 'joinInner' || action.kind === 'commit'
}

const PLAYS: ReadonlySet<PlannedAction['kind']> = new Set(['move', 'sealCoarse', 'sealFine', 'sealGraph'])

function isPlay(action: PlannedAction): boolean {
  return PLAYS.has(action.kind)
}

/** Words that prove nothing, as many as `evidence` has and at least one. */
function noiseLike(evidence: Hex): Hex {
  const count = Math.max(1, splitWords(evidence).length)
  return `0x${Array.from({ length: count }, (_, i) => noise(i).slice(2)).join('')}`
}

function noise(index: number): Bytes32 {
  return hashText(`noise ${index}`)
}
