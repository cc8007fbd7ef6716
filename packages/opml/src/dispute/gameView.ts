import type { Bytes32 } from '../core/bytes.ts'
import type { MatchClocks, Side } from './clock.ts'
import { GameInvariantError } from './errors.ts'
import type { Kind } from './kinds.ts'
import { NO_ORIGIN } from './types.ts'
import type { Address, ClaimKey, GameParameters, MatchKey, Origin } from './types.ts'

/** A claim as its events tell it. */
export interface ViewedClaim {
  readonly id: Bytes32
  readonly tournamentId: Bytes32
  readonly root: Bytes32
  readonly outcome: Bytes32
  owner: Address
  status: 'free' | 'inMatch' | 'dead' | 'won'
  /** Seconds; while in a match the match's clocks count. */
  clock: number
  readonly joinedAt: number
  /** Time that a commitment must precede to take the claim over. */
  ownedSince: number
  /** The root's descendants that the join opened. */
  readonly opened: readonly Bytes32[]
  /** The match it is in, else null. */
  matchId: Bytes32 | null
}

/** A match as its events tell it; `since`, clocks, index and height are exact at every moment. */
export interface ViewedMatch extends MatchClocks {
  readonly id: Bytes32
  readonly tournamentId: Bytes32
  readonly claimIdA: Bytes32
  readonly claimIdB: Bytes32
  nodeA: Bytes32
  nodeB: Bytes32
  /** Of the node in dispute, among the nodes of its height. */
  index: bigint
  height: number
  /** A value of {@link PHASE}. */
  phase: number
  since: number
  clockA: number
  clockB: number
  /** What each side opened last; for the side not to move, the descendants of its node in dispute. */
  openedA: readonly Bytes32[]
  openedB: readonly Bytes32[]
  numMoves: number
  /** The tournament about the leaf in dispute, once it is open. */
  innerId: Bytes32 | null
  /** Winning claim's id (null: both lost) once the match is over. */
  winner: Bytes32 | null
}

/** A tournament as its events tell it. */
export interface ViewedTournament {
  readonly id: Bytes32
  readonly kind: Kind
  readonly height: number
  readonly modelId: Bytes32
  /** The match whose leaf it decides; null at the root. */
  readonly parentMatch: Bytes32 | null
  /** Agreed state before its leaf 0; zero at the root. */
  readonly prevState: Bytes32
  readonly windowStart: number
  readonly windowEnd: number
  readonly initialClock: number
  readonly claimIds: Bytes32[]
  readonly matchIds: Bytes32[]
  /** The claim that waits for an opponent, else null. */
  freeClaim: Bytes32 | null
  finished: boolean
}

/** One root dispute with all its tournaments, commitments included. */
export interface GameView {
  readonly rootId: Bytes32
  readonly parameters: GameParameters
  readonly tournaments: Map<Bytes32, ViewedTournament>
  readonly claims: Map<Bytes32, ViewedClaim>
  readonly matches: Map<Bytes32, ViewedMatch>
  /** Times of all commitments seen, of whatever game: a commitment does not tell what it is for. */
  readonly commitments: Map<Bytes32, number>
}

/** The tournament `id`. @throws {GameInvariantError} when no event told of it. */
export function tournamentIn(view: GameView, id: Bytes32): ViewedTournament {
  const tournament = view.tournaments.get(id)
  if (tournament === undefined)
    throw new GameInvariantError({ subject: id, problem: 'no event opened this tournament' })
  return tournament
}

/** The claim `id`. @throws {GameInvariantError} when no event told of it. */
export function claimIn(view: GameView, id: Bytes32): ViewedClaim {
  const claim = view.claims.get(id)
  if (claim === undefined) throw new GameInvariantError({ subject: id, problem: 'no event told of this claim' })
  return claim
}

/** The match `id`. @throws {GameInvariantError} when no event told of it. */
export function matchIn(view: GameView, id: Bytes32): ViewedMatch {
  const match = view.matches.get(id)
  if (match === undefined) throw new GameInvariantError({ subject: id, problem: 'no event started this match' })
  return match
}

/** The key by which calls name claim `id`. */
export function claimKeyIn(view: GameView, id: Bytes32): ClaimKey {
  const { root, outcome } = claimIn(view, id)
  return { root, outcome }
}

/** The key by which calls name `match`. */
export function matchKeyIn(view: GameView, match: ViewedMatch): MatchKey {
  return {
    tournamentId: match.tournamentId,
    a: claimKeyIn(view, match.claimIdA),
    b: claimKeyIn(view, match.claimIdB),
  }
}

/** What calls say of tournament `id` besides its id. */
export function originIn(view: GameView, id: Bytes32): Origin {
  const { parentMatch, modelId, prevState } = tournamentIn(view, id)
  return parentMatch === null ? NO_ORIGIN : { parentMatch, modelId, prevState }
}

/** On which side of `match` the claim `claimId` stands, null if on none. */
export function sideIn(match: ViewedMatch, claimId: Bytes32): Side | null {
  if (match.claimIdA === claimId) return 'a'
  return match.claimIdB === claimId ? 'b' : null
}
