import { placeText } from '@opml/node'
import type { KnownModel } from '@opml/node'
import type { Bytes32 } from 'opml/core'
import { KIND_NAMES, MATCH_END } from 'opml/dispute'
import type { GameEvent, GameView, Kind, ViewedMatch } from 'opml/dispute'
import { formatEther } from '../amounts.ts'
import { judgedBlock, placeInDispute } from '../whereInDispute.ts'
import type { DisputedPlace } from '../whereInDispute.ts'
import { type Clocks, clocksOf, clocksText, short } from './clocks.ts'

/** Something that happened in a dispute, for scripts (`event` and its fields) and for people (`text`). */
export interface WatchedEvent extends Partial<DisputedPlace> {
  readonly event: string
  readonly time: number
  readonly text: string
  /** Kind of the tournament; none for money. */
  readonly phase?: string
  readonly height?: number
  readonly index?: bigint
  readonly clocks?: Clocks
  readonly account?: string
  readonly outcome?: Bytes32
  /** Put down by a join, sent or credited to `account`. */
  readonly amountWei?: bigint
}

/** What events are described with. */
export interface EventContext {
  /** The game, which has taken the event in. */
  readonly view: GameView
  readonly known: KnownModel | null
  /** Of the model's tournaments, by kind. */
  readonly bondsWei: Readonly<Partial<Record<Kind, bigint>>>
}

/**
 * What an event says about a game; null for one that is about another game. An event about money does not tell whose game it is of: the
 * caller knows by its transaction.
 */
export function describeEvent(event: GameEvent, context: EventContext): WatchedEvent | null {
  const { view, known, bondsWei } = context
  const phaseOf = (id: Bytes32): string | undefined => {
    const tournament = view.tournaments.get(id)
    return tournament === undefined ? undefined : KIND_NAMES[tournament.kind]
  }
  switch (event.kind) {
    case 'TournamentOpened': {
      const phase = phaseOf(event.tournamentId)
      if (phase === undefined) return null
      const tournament = view.tournaments.get(event.tournamentId)
      const block = tournament === undefined ? null : judgedBlock(view, tournament, known)
      const about = block === null ? '' : ` over the run that computes ${placeText(block)}`
      const text = `${phase}: opened, a tree of height ${event.height}${about}`
      return { ...head(event, phase), height: event.height, text }
    }
    case 'Joined': {
      const tournament = view.tournaments.get(event.tournamentId)
      if (tournament === undefined) return null
      const phase = KIND_NAMES[tournament.kind]
      const { owner: account, outcome } = event
      const amountWei = bondsWei[tournament.kind] ?? 0n
      const text = `${phase}: ${short(account)} joins for ${outcome.slice(0, 10)} with a bond of ${formatEther(amountWei)} ether`
      return { ...head(event, phase), account, outcome, amountWei, text }
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
    case 'Refunded':
      return money(event, `${formatEther(event.amountWei)} ether of gas refunded to ${short(event.to)}`)
    case 'Credited':
      return money(event, `${formatEther(event.amountWei)} ether credited to ${short(event.to)}`)
    case 'Paid':
      return money(event, `${formatEther(event.amountWei)} ether of a bond and what it won paid to ${short(event.to)}`)
    case 'Committed':
    case 'Withdrawn':
      return null
  }
}

function money(event: Extract<GameEvent, { readonly amountWei: bigint }>, text: string): WatchedEvent {
  const { kind, time, to: account, amountWei } = event
  return { event: kind, time, account, amountWei, text: `money: ${text}` }
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
  const place = placeInDispute(view, tournament, { subtree, known })
  const { where } = place
  const clocks = clocksOf(view, match, event.time)
  const base = { ...head(event, phase), height: subtree.height, index: subtree.index, ...place, clocks }
  const timeText = `  (${clocksText(clocks)})`
  const owner = (id: Bytes32): string => short(view.claims.get(id)?.owner ?? '?')
  switch (event.kind) {
    case 'MatchStarted':
      return {
        ...base,
        text: `${phase}: ${owner(event.claimIdA)} meets ${owner(event.claimIdB)} over ${where}${timeText}`,
      }
    case 'Moved':
      return { ...base, text: `${phase}: first difference in ${where}${timeText}` }
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

function head(event: GameEvent, phase: string): { event: string; time: number; phase: string } {
  return { event: event.kind, time: event.time, phase }
}
