import type { Bytes32 } from '../core/bytes.ts'
import { PHASE, chargedClock, clockCap, isRunning, joinClock, matchClock, sideToMove } from './clock.ts'
import { GameInvariantError } from './errors.ts'
import type { GameView, ViewedClaim, ViewedMatch } from './gameView.ts'
import { claimIn, matchIn, tournamentIn } from './gameView.ts'
import { rootOfDescendants } from './subtree.ts'
import { MATCH_END, ZERO_WORD } from './types.ts'
import type {
  GameEvent,
  GameParameters,
  InnerOpenedEvent,
  JoinedEvent,
  MatchEndedEvent,
  MatchStartedEvent,
  MovedEvent,
  TournamentFinishedEvent,
  TournamentOpenedEvent,
} from './types.ts'

/** A view that has seen no event. */
export function emptyGameView(rootId: Bytes32, parameters: GameParameters): GameView {
  return {
    rootId,
    parameters,
    tournaments: new Map(),
    claims: new Map(),
    matches: new Map(),
    commitments: new Map(),
  }
}

/**
 * The state of root dispute `rootId`, from the contract's events in the order of the chain; events of other disputes are passed over.
 *
 * After a reorganisation build it again from the events that are left: nothing else is remembered.
 * @throws {GameInvariantError} when an event contradicts those before it.
 */
export function buildGameView(p: {
  rootId: Bytes32
  parameters: GameParameters
  events: Iterable<GameEvent>
}): GameView {
  const view = emptyGameView(p.rootId, p.parameters)
  for (const event of p.events) addEvent(view, event)
  return view
}

/** Adds the next event of the chain to `view`, in place. @throws {GameInvariantError} when it contradicts those before it. */
export function addEvent(view: GameView, event: GameEvent): void {
  switch (event.kind) {
    case 'TournamentOpened':
      if (event.tournamentId === view.rootId || view.matches.has(event.parentMatch)) addTournament(view, event)
      return
    case 'Joined':
      if (view.tournaments.has(event.tournamentId)) addClaim(view, event)
      return
    case 'Committed':
      if (!view.commitments.has(event.commitment)) view.commitments.set(event.commitment, event.time)
      return
    case 'Displaced': {
      const claim = view.claims.get(event.claimId)
      if (claim === undefined) return
      claim.owner = event.newOwner
      claim.ownedSince = event.ownedSince
      return
    }
    case 'MatchStarted':
      if (view.tournaments.has(event.tournamentId)) startMatch(view, event)
      return
    case 'Moved':
      if (view.matches.has(event.matchId)) applyMove(view, event)
      return
    case 'InnerOpened':
      if (view.matches.has(event.matchId)) applyInnerOpened(view, event)
      return
    case 'MatchEnded':
      if (view.matches.has(event.matchId)) endMatch(view, event)
      return
    case 'TournamentFinished':
      if (view.tournaments.has(event.tournamentId)) finishTournament(view, event)
      return
    case 'Stepped':
    case 'Judged':
    case 'Refunded':
    case 'Credited':
    case 'Paid':
    case 'Withdrawn':
      return
    default:
      return event satisfies never
  }
}

function addTournament(view: GameView, event: TournamentOpenedEvent): void {
  const { tournamentKind, height, modelId, prevState, windowEnd, initialClock } = event
  view.tournaments.set(event.tournamentId, {
    id: event.tournamentId,
    kind: tournamentKind,
    height,
    modelId,
    prevState,
    windowEnd,
    initialClock,
    parentMatch: event.parentMatch === ZERO_WORD ? null : event.parentMatch,
    windowStart: event.time,
    claimIds: [],
    matchIds: [],
    freeClaim: null,
    finished: false,
  })
}

function addClaim(view: GameView, event: JoinedEvent): void {
  const tournament = tournamentIn(view, event.tournamentId)
  const { tournamentId, root, outcome, owner, opened, time } = event
  const { initialClock, windowStart } = tournament
  view.claims.set(event.claimId, {
    id: event.claimId,
    tournamentId,
    root,
    outcome,
    owner,
    opened,
    status: 'free',
    clock: joinClock({ initialClock, windowStart, time }),
    joinedAt: time,
    ownedSince: time,
    matchId: null,
  })
  tournament.claimIds.push(event.claimId)
  tournament.freeClaim ??= event.claimId
}

function startMatch(view: GameView, event: MatchStartedEvent): void {
  const { tournamentId, matchId, claimIdA, claimIdB, time } = event
  const tournament = tournamentIn(view, tournamentId)
  const a = enterMatch(view, claimIdA, matchId)
  const b = enterMatch(view, claimIdB, matchId)
  const { initialClock, height } = tournament
  const { allowance } = view.parameters
  view.matches.set(matchId, {
    id: matchId,
    tournamentId,
    claimIdA,
    claimIdB,
    nodeA: a.root,
    nodeB: b.root,
    index: 0n,
    height,
    phase: height === 0 ? PHASE.sealable : PHASE.moveA,
    since: time,
    clockA: matchClock({ clock: a.clock, initialClock, allowance }),
    clockB: matchClock({ clock: b.clock, initialClock, allowance }),
    openedA: a.opened,
    openedB: b.opened,
    numMoves: 0,
    innerId: null,
    winner: null,
  })
  tournament.matchIds.push(matchId)
  tournament.freeClaim = null
}

function enterMatch(view: GameView, claimId: Bytes32, matchId: Bytes32): ViewedClaim {
  const claim = claimIn(view, claimId)
  claim.status = 'inMatch'
  claim.matchId = matchId
  return claim
}

function applyMove(view: GameView, event: MovedEvent): void {
  const match = matchIn(view, event.matchId)
  const side = sideToMove(match.phase)
  if (side === null) throw new GameInvariantError({ subject: match.id, problem: `moved in phase ${match.phase}` })
  const child = rootOfDescendants(event.opened)
  const elapsed = event.time - match.since
  if (side === 'a') {
    match.nodeA = child
    match.nodeB = event.otherChild
    match.openedA = event.opened
    match.clockA = chargedClock(match.clockA, elapsed)
  } else {
    match.nodeB = child
    match.nodeA = event.otherChild
    match.openedB = event.opened
    match.clockB = chargedClock(match.clockB, elapsed)
  }
  match.index = event.index
  match.height = event.height
  match.since = event.time
  match.numMoves += 1
  match.phase = event.height === 0 ? PHASE.sealable : side === 'a' ? PHASE.moveB : PHASE.moveA
}

function applyInnerOpened(view: GameView, event: InnerOpenedEvent): void {
  const match = matchIn(view, event.matchId)
  if (event.leafA !== match.nodeA || event.leafB !== match.nodeB) {
    throw new GameInvariantError({ subject: match.id, problem: 'the sealed leaves are not those of the moves' })
  }
  chargeBoth(match, event.time)
  match.phase = PHASE.inner
  match.innerId = event.tournamentId
}

function endMatch(view: GameView, event: MatchEndedEvent): void {
  const match = matchIn(view, event.matchId)
  const winner = event.winner === ZERO_WORD ? null : event.winner
  if (event.reason === MATCH_END.inner) adoptInnerClock(view, match, winner)
  else if (match.phase === PHASE.sealable) chargeBoth(match, event.time)
  leaveMatch(view, match, 'a', winner)
  leaveMatch(view, match, 'b', winner)
  match.winner = winner
  match.phase = PHASE.over
  match.since = event.time
}

function leaveMatch(view: GameView, match: ViewedMatch, side: 'a' | 'b', winner: Bytes32 | null): void {
  const claim = claimIn(view, side === 'a' ? match.claimIdA : match.claimIdB)
  claim.matchId = null
  claim.clock = side === 'a' ? match.clockA : match.clockB
  claim.status = claim.id === winner ? 'free' : 'dead'
  if (claim.status === 'free') tournamentIn(view, match.tournamentId).freeClaim ??= claim.id
}

/** The inner survivor's clock, capped, becomes the winner's (spec/06 §7). */
function adoptInnerClock(view: GameView, match: ViewedMatch, winner: Bytes32 | null): void {
  if (winner === null) return
  const inner = match.innerId === null ? undefined : view.tournaments.get(match.innerId)
  const survivor = view.claims.get(inner?.freeClaim ?? ZERO_WORD)
  if (survivor === undefined) {
    throw new GameInvariantError({ subject: match.id, problem: 'decided by an inner tournament without survivor' })
  }
  const { initialClock } = tournamentIn(view, match.tournamentId)
  const clock = Math.min(survivor.clock, clockCap({ initialClock, allowance: view.parameters.allowance }))
  if (winner === match.claimIdA) match.clockA = clock
  else match.clockB = clock
}

function chargeBoth(match: ViewedMatch, time: number): void {
  const elapsed = time - match.since
  if (isRunning(match.phase, 'a')) match.clockA = chargedClock(match.clockA, elapsed)
  if (isRunning(match.phase, 'b')) match.clockB = chargedClock(match.clockB, elapsed)
  match.since = time
}

function finishTournament(view: GameView, event: TournamentFinishedEvent): void {
  const tournament = tournamentIn(view, event.tournamentId)
  tournament.finished = true
  if (event.winner !== ZERO_WORD) claimIn(view, event.winner).status = 'won'
}
