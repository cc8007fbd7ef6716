import type { Bytes32, Hex } from '../../core/bytes.ts'
import type { MatchClocks } from '../clock.ts'
import { GameRuleError } from '../errors.ts'
import type { Kind, ModelLevels } from '../kinds.ts'
import type { Address, GameAction, GameEvent, GameParameters, JoinData } from '../types.ts'

/** What a task fixes about the computation in dispute. */
export interface Task {
  readonly modelId: Bytes32
  readonly inputRoot: Bytes32
}

/** What is true at a leaf of kind graph: its hash, or the state from which the machine computes it. */
export interface Judgement {
  /** Whether a rule tells the leaf: `answer` is it. Else `answer` is the hash of the machine's first state. */
  readonly isDecided: boolean
  readonly answer: Bytes32
}

/**
 * The computation that a game is about, as far as its rules ask: programs and the machine of spec/02 and spec/04, or toys. Each proof
 * is either accepted or null.
 */
export interface RefereeMachine {
  /** Kind and heights of a model's tournaments. */
  levels(modelId: Bytes32): ModelLevels
  /** State hash before the first leaf of kind coarse, from the words that prove it. */
  initialState(task: Task, siblings: readonly Bytes32[]): Bytes32 | null
  /** The result that a root claim stands for: proven of its last leaf (coarse) or of its root (graph; `lastLeaf` is zero). */
  resultOf(task: Task, join: JoinData): Bytes32 | null
  /** The block's leaf that the last state of a claim of kind block stands for. */
  leafOf(task: Task, join: JoinData): Bytes32 | null
  /** What is true at leaf `index` of kind graph, everything left of it being as in the tree of root `traceRoot`. */
  judge(task: Task, p: { traceRoot: Bytes32; index: bigint; evidence: Hex }): Judgement | null
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
  /** Of the two nodes in dispute. The contract stores it from the first move on: before, the claims' roots are the pair. */
  pairHash: Bytes32
  hasMoved: boolean
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
  readonly kind: Kind
  readonly height: number
  /** Of the model's proofs (spec/06 §10). */
  readonly words: number
  readonly task: Task
  /** The market that opened the root; what a void game leaves is credited to it. */
  readonly market: Address
  /** The match whose leaf it decides; zero at the root. */
  readonly parentMatch: Bytes32
  readonly prevState: Bytes32
  readonly windowStart: number
  readonly windowEnd: number
  readonly initialClock: number
  /** A full bond. */
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
  /** What a claim that was left is worth: already paid to its owner, told before the refund. */
  payout: { to: Address; amountWei: bigint } | null
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
