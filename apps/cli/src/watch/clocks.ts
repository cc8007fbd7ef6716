import { PHASE } from 'opml/dispute'
import type { GameView, ViewedMatch } from 'opml/dispute'
import { formatSeconds } from '../amounts.ts'

/** A match's parties, A first, with the seconds that are left to each; the clock of one or both runs. */
export type Clocks = readonly { readonly account: string; readonly seconds: number; readonly isRunning: boolean }[]

/** The clocks of a match at chain time `now`. */
export function clocksOf(view: GameView, match: ViewedMatch, now: number): Clocks {
  const isOpen = match.phase === PHASE.sealable
  const party = (claimId: ViewedMatch['claimIdA'], seconds: number, isRunning: boolean) => ({
    account: view.claims.get(claimId)?.owner ?? '?',
    seconds: Math.max(0, seconds - (isRunning ? Math.max(0, now - match.since) : 0)),
    isRunning,
  })
  return [
    party(match.claimIdA, match.clockA, isOpen || match.phase === PHASE.moveA),
    party(match.claimIdB, match.clockB, isOpen || match.phase === PHASE.moveB),
  ]
}

/** Clocks for people: `0x1234abcd 2h 5m, 0x5678abcd 3h 0m runs`. */
export function clocksText(clocks: Clocks): string {
  return clocks
    .map(({ account, seconds, isRunning }) => `${short(account)} ${formatSeconds(seconds)}${isRunning ? ' runs' : ''}`)
    .join(', ')
}

/** The first digits of an address. */
export function short(address: string): string {
  return address.slice(0, 10)
}
