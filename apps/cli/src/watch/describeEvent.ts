import type { KnownModel } from '@opml/node'
import type { Bytes32 } from 'opml/core'
import { KIND_NAMES, MATCH_END } from 'opml/dispute'
import type { GameEvent, GameView, ViewedMatch } from 'opml/dispute'
import { whereInDispute } from '../whereInDispute.ts'

/** Something that happened in a dispute, for scripts (`event` and its fields) and for people (`text`). */
export interface WatchedEvent {
  readonly event: string
  readonly time: number
  readonly text: string
  /** Kind of the tournament. */
  readonly phase: string
  readonly height?: number
  readonly index?: bigint
  readonly where?: string
  readonly account?: string
  readonly outcome?: Bytes32
}

/** What an event says about the game of `view`, which has taken it in; null for one that is about another game, or about money alone. */
export function describeEvent(event: GameEvent, view: GameView, known: KnownModel | null): WatchedEvent | null {
  const phaseOf = (id: Bytes32): string | undefined => {
    const tournament = view.tournaments.get(id)
    return tournament === undefined ? undefined : KIND_NAMES[tournament.kind]
  }
  switch (event.kind) {
    case 'TournamentOpened': {
      const phase = phaseOf(event.tournamentId)
      if (phase === undefined) return null
      return { ...head(event, phase), height: event.height, text: `${phase}: opened, a tree of height ${event.height}` }
    }
    case 'Joined': {
      const phase = phaseOf(event.tournamentId)
      const { owner: account, outcome } = event
      const text = `${phase}: ${short(account)} joins for ${outcome.slice(0, 10)}`
      return phase === undefined ? null : { ...head(event, phase), account, outcome, text }
    }
    case 'Displaced': {
      const phase = phaseOf(event.tournamentId)
      const text = `${phase}: ${short(event.newOwner)} takes a claim from ${short(event.formerOwner)}`
      return phase === undefined ? null : { ...head(event, phase), account: event.newOwner, text }
    }
    case 'TournamentFinished': {
      const phase = phaseOf(event.tournamentId)
      const winner = view.claims.get(event.winner)
      const text = `${phase}: over, ${winner === undefined ? 'nobody is left' : `${short(winner.owner)} wins`}`
      return phase === undefined ? null : { ...head(event, phase), ...(winner && { account: winner.owner }), text }
    }
    case 'MatchStarted':
    case 'Moved':
    case 'InnerOpened':
    case 'Stepped':
    case 'Judged':
    case 'MatchEnded':
      return describeMatchEvent(event, { view, match: view.matches.get(event.matchId), known })
    case 'Committed':
    case 'Refunded':
    case 'Credited':
    case 'Paid':
    case 'Withdrawn':
      return null
  }
}

type MatchEvent = Extract<GameEvent, { readonly matchId: Bytes32 }>

function describeMatchEvent(
  event: MatchEvent,
  p: { view: GameView; match: ViewedMatch | undefined; known: KnownModel | null },
): WatchedEvent | null {
  const { view, match, known } = p
  const tournament = match === undefined ? undefined : view.tournaments.get(match.tournamentId)
  if (match === undefined || tournament === undefined) return null
  const phase = KIND_NAMES[tournament.kind]
  const subtree = event.kind === 'Moved' ? event : match
  const where = whereInDispute(view, tournament, { subtree, known })
  const base = { ...head(event, phase), height: subtree.height, index: subtree.index, where }
  const owner = (id: Bytes32): string => short(view.claims.get(id)?.owner ?? '?')
  switch (event.kind) {
    case 'MatchStarted':
      return { ...base, text: `${phase}: ${owner(event.claimIdA)} meets ${owner(event.claimIdB)} over ${where}` }
    case 'Moved':
      return { ...base, text: `${phase}: first difference in ${where}` }
    case 'InnerOpened':
      return { ...base, text: `${phase}: sealed at ${where}; it goes on one phase down` }
    case 'Stepped':
      return { ...base, text: `${phase}: ${where} executed by the contract` }
    case 'Judged':
      return { ...base, text: `${phase}: a rule tells ${where}` }
    case 'MatchEnded': {
      const reasons = Object.entries(MATCH_END)
      const reason = reasons.find(([, number]) => number === event.reason)?.[0] ?? String(event.reason)
      const winner = view.claims.get(event.winner)
      const text = `${phase}: ${winner === undefined ? 'both lose' : `${short(winner.owner)} wins`} by ${reason}`
      return { ...base, ...(winner && { account: winner.owner }), text }
    }
  }
}

function head(event: GameEvent, phase: string): Pick<WatchedEvent, 'event' | 'time' | 'phase'> {
  return { event: event.kind, time: event.time, phase }
}

/** The first digits of an address. */
export function short(address: string): string {
  return address.slice(0, 10)
}
