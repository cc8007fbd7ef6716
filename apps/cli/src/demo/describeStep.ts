import type { RoleStep } from '@opml/node'
import { descentDepth } from 'opml/dispute'
import type { GameView } from 'opml/dispute'

const LEVELS = ['VM coarse', 'VM fine']

/** One line about a step: who, what, and where in the descent. `view` is the game before the step. */
export function describeStep(label: string, step: RoleStep, view: GameView | null): string {
  const { action, outcome, reason } = step
  if (action?.kind !== 'move' || view === null) return `${label}: ${outcome.call.label}, ${reason}`
  const match = view.matches.get(action.matchId)
  const level = match === undefined ? undefined : view.tournaments.get(match.tournamentId)?.level
  if (match === undefined || level === undefined) return `${label}: move, ${reason}`
  const height = match.height - descentDepth(match.height)
  return `${label}: ${LEVELS[level] ?? level} height ${match.height} → ${height}, ${reason}`
}
