import type { Bytes32, Hex } from '../../core/bytes.ts'
import type { MatchClocks } from '../clock.ts'
import { GameRuleError } from '../errors.ts'
import type { Address, GameAction, GameEvent, GameParameters, JoinData } from '../types.ts'

/** What a task fixes about the computation in dispute. */
export interface Task {
  readonly modelId: Bytes32
  readonly inputRoot: Bytes32
}

/**
 * The computation that a game is about, as far as its rules ask: the machine of spec/04, or a toy. Each proof is either accepted or
 * null.
 */
export interface RefereeMachine {
  /** Heights of a model's levels, outermost first; a leaf of the last one is decided by {@link step}. */
  heights(modelId: Bytes32): readonly number[]
  /** State hash before the first leaf of level 0, from the words that prove it. */
  initialState(task: Task, siblings: readonly Bytes32[]): Bytes32 | null
  /** What the evidence of a join at level 0 proves: a state hash and the result that it stands for. */
  finalState(task: Task, evidence: Hex): { stateHash: Bytes32; result: Bytes32 } | null
  /** The state after the one with hash `prev`. */
  step(task: Task, prev: Bytes32, witness: Hex): Bytes32 | null
}

/** A claim in storage. */
export interface Claim {
  owner: Address
  status: 'free' | 'inMatch' | 'dead' | 'won'
  readonly root: Bytes32
  readonly outcome: Bytes32
  /** Seconds; while in a match the match's clocks count. */
  clock: number
  ownedSince: number
  /** Before what the current match has spent. */
  bondWei: bigint
}

/** A match in storage (spec/06 §4). */
export interface Match extends MatchClocks {
  readonly tournamentId: Bytes32
  readonly claimIdA: Bytes32
  readonly claimIdB: Bytes32
  pairHash: Bytes32
  index: bigint
  height: number
  phase: number
  since: number
  clockA: number
  clockB: number
  spentAWei: bigint
  spentBWei: bigint
}

/** A tournament in storage. */
export interface Tournament {
  readonly rootId: Bytes32
  readonly level: number
  readonly height: number
  readonly isLastLevel: boolean
  readonly task: Task
  /** The market that opened the root; what a void game leaves is credited to it. */
  readonly market: Address
  /** The match whose leaf it decides; zero at the root. */
  readonly parentMatch: Bytes32
  readonly prevState: Bytes32
  readonly windowStart: number
  readonly windowEnd: number
  readonly initialClock: number
  /** A full bond of this level. */
  readonly bondWei: bigint
  openMatches: number
  numClaims: number
  /** The claim that waits, else null. */
  freeClaim: Bytes32 | null
  potWei: bigint
  finished: boolean
  /** Set when a root is finished. */
  outcome: { winner: Address | null; result: Bytes32; uncoveredWei: bigint } | null
}

/** All games of one contract. Made by {@link newGame}, changed by `applyCall` alone. */
export interface Game {
  readonly parameters: GameParameters
  readonly machine: RefereeMachine
  balanceWei: bigint
  readonly tournaments: Map<Bytes32, Tournament>
  readonly claims: Map<Bytes32, Claim>
  readonly matches: Map<Bytes32, Match>
  readonly commitments: Map<Bytes32, number>
  readonly creditsWei: Map<Address, bigint>
}

/** A contract without games. */
export function newGame(parameters: GameParameters, machine: RefereeMachine): Game {
  return {
    parameters,
    machine,
    balanceWei: 0n,
    tournaments: new Map(),
    claims: new Map(),
    matches: new Map(),
    commitments: new Map(),
    creditsWei: new Map(),
  }
}

/** A market opens the root tournament of a task with its first claim; the call's sender is the market. */
export interface OpenRootCall {
  readonly kind: 'openRoot'
  readonly taskId: Bytes32
  readonly modelId: Bytes32
  readonly inputRoot: Bytes32
  readonly owner: Address
  readonly join: JoinData
}

/** Pays an account its credit. */
export interface WithdrawCall {
  readonly kind: 'withdraw'
  readonly to: Address
}

/** Every call that changes a game. */
export type GameCall = GameAction | OpenRootCall | WithdrawCall

/** What a transaction brings besides its call. */
export interface CallContext {
  readonly sender: Address
  readonly valueWei: bigint
  /** Timestamp of the block, seconds. */
  readonly time: number
  readonly baseFeeWei: bigint
  /** What the sender pays a gas: base fee and its own tip. */
  readonly gasPriceWei: bigint
  /** Gas of the whole transaction as spec/06 §8 measures it. */
  readonly gasMeasured: bigint
}

/** One call at work: the game, what came with the call, and the events so far. */
export interface Turn {
  readonly game: Game
  readonly context: CallContext
  readonly events: GameEvent[]
  /** What the call is refunded: already paid, told as its last event. */
  refund: { to: Address; amountWei: bigint } | null
}

/** Refuses the call under `rule` unless `holds`. @throws {GameRuleError} */
export function require(
  holds: boolean,
  rule: ConstructorParameters<typeof GameRuleError>[0],
  detail = '',
): asserts holds {
  if (!holds) throw new GameRuleError(rule, detail)
}

/** The live tournament `id`. @throws {GameRuleError} unknown or finished. */
export function liveTournament(game: Game, id: Bytes32): Tournament {
  const tournament = game.tournaments.get(id)
  require(tournament !== undefined, 'unknownTournament', id)
  require(!tournament.finished, 'tournamentFinished', id)
  return tournament
}

/** The match `id`. @throws {GameRuleError} unknown. */
export function knownMatch(game: Game, id: Bytes32): Match {
  const match = game.matches.get(id)
  require(match !== undefined, 'unknownMatch', id)
  return match
}

/** The claim `id`, which stored data names. */
export function storedClaim(game: Game, id: Bytes32): Claim {
  const claim = game.claims.get(id)
  require(claim !== undefined, 'claimNotLive', id)
  return claim
}
