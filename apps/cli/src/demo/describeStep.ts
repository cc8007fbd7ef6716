import type { KnownModel, RoleStep } from '@opml/node'
import { KIND_NAMES } from 'opml/dispute'
import type { GameView, Kind } from 'opml/dispute'
import { subtreeAfter, whereInDispute } from '../whereInDispute.ts'

/** How far a move narrowed the conflict. */
export interface Narrowing {
  readonly by: string
  readonly kind: Kind
  readonly phase: string
  readonly height: number
  readonly where: string
}

/** What a move leads to; null for any other step. `view` is the game before it. */
export function narrowingOf(
  label: string,
  step: RoleStep,
  p: { view: GameView | null; model: KnownModel },
): Narrowing | null {
  const { action } = step
  const { view, model } = p
  if (action?.kind !== 'move' || view === null) return null
  const match = view.matches.get(action.matchId)
  const tournament = match === undefined ? undefined : view.tournaments.get(match.tournamentId)
  if (match === undefined || tournament === undefined) return null
  const subtree = subtreeAfter(match, action)
  const where = whereInDispute(view, tournament, { subtree, known: model })
  return { by: label, kind: tournament.kind, phase: KIND_NAMES[tournament.kind], height: subtree.height, where }
}

/** One line about a step: who, what, and where in the descent. */
export function describeStep(label: string, step: RoleStep, narrowing: Narrowing | null): string {
  if (narrowing === null) return `${label}: ${step.outcome.call.label}, ${step.reason}`
  return `${label}: ${narrowing.phase}, height ${narrowing.height}: ${narrowing.where}`
}
