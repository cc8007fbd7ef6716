import type { RoleStep } from '@opml/node'
import { KIND_NAMES, descentDepth } from 'opml/dispute'
import type { GameView } from 'opml/dispute'

/** One line about a step: who, what, and where in the descent. `view` is the game before the step. */
export function describeStep(label: string, step: RoleStep, view: GameView | null): string {
  const { action, outcome, reason } = step
  if (action?.kind !== 'move' || view === null) return `${label}: ${outcome.call.label}, ${reason}`
  const match = view.matches.get(action.matchId)
  const kind = match === undefined ? undefined : view.tournaments.get(match.tournamentId)?.kind
  if (match === undefined || kind === undefined) return `${label}: move, ${reason}`
  const height = match.height - descentDepth(match.height)
  return `${label}: ${KIND_NAMES[kind]} height ${match.height} → ${height}, ${reason}`
}
