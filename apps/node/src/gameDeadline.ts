import { PHASE, tournamentIn } from 'opml/dispute'
import type { GameView } from 'opml/dispute'

/**
 * Chain time (seconds) of the next moment after `now` at which a rule lets somebody do something new: a window closes or a running
 * clock runs out. Null when nothing waits for time.
 */
export function nextGameDeadline(view: GameView, now: number): number | null {
  const moments: number[] = []
  for (const tournament of view.tournaments.values()) if (!tournament.finished) moments.push(tournament.windowEnd)
  for (const match of view.matches.values()) {
    const { phase, since, clockA, clockB } = match
    if (phase === PHASE.moveA || phase === PHASE.sealable) moments.push(since + clockA)
    if (phase === PHASE.moveB || phase === PHASE.sealable) moments.push(since + clockB)
  }
  if (view.tournaments.has(view.rootId)) moments.push(winnerSettlesUntil(view))
  const ahead = moments.filter((moment) => moment > now)
  return ahead.length === 0 ? null : Math.min(...ahead)
}

/**
 * Chain time (seconds) until which the end of a root dispute is left to the survivor's owner, who fixes the result, delivers it and is
 * paid in the same transaction: one allowance from the moment at which it can end, as far as the view tells.
 */
export function winnerSettlesUntil(view: GameView): number {
  const { windowEnd, matchIds } = tournamentIn(view, view.rootId)
  const ends = matchIds.map((id) => view.matches.get(id)?.since ?? 0)
  return Math.max(windowEnd, ...ends) + view.parameters.allowance
}
