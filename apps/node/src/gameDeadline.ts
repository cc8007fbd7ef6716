import { PHASE } from 'opml/dispute'
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
  const ahead = moments.filter((moment) => moment > now)
  return ahead.length === 0 ? null : Math.min(...ahead)
}
