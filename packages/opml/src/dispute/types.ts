import type { Bytes32, Hex } from '../core/bytes.ts'
import type { Kind } from './kinds.ts'

/** An account as 0x-prefixed **lower-case** hexadecimal text of 20 bytes. Compare with `===`. */
export type Address = Hex

/** Thirty-two zero bytes: "no claim", "no match", "no state". */
export const ZERO_WORD: Bytes32 = `0x${'00'.repeat(32)}`

/** One claim, opened so that the first move against it can be made (spec/06 §3). */
export interface JoinData {
  /** Root of the claim's trace tree. */
  readonly root: Bytes32
  /** The root's descendants `d = H mod 4 or 4` levels down, left to right; they hash to `root`. */
  readonly opened: readonly Bytes32[]
  /** The last leaf of the tree; zero at kind graph. */
  readonly lastLeaf: Bytes32
  /** Siblings of the last leaf up to the last opened descendant, bottom up (`H − d` words); none at kind graph. */
  readonly lastLeafSiblings: readonly Bytes32[]
  /** Coarse, block: the final state proof (spec/07 §2, §5). Graph: the result of the claim (spec/07 §5). Fine: `0x`. */
  readonly evidence: Hex
}

/** Names a claim inside a tournament (spec/06 §1). Both words zero: no claim. */
export interface ClaimKey {
  readonly root: Bytes32
  readonly outcome: Bytes32
}

/** Names a match by its tournament and its two claims, A first. */
export interface MatchKey {
  readonly tournamentId: Bytes32
  readonly a: ClaimKey
  readonly b: ClaimKey
}

/** What an inner tournament is about; its id is the hash of it (spec/06 §1). At a root tournament it is ignored: {@link NO_ORIGIN}. */
export interface Origin {
  /** The match whose leaf is in dispute. */
  readonly parentMatch: Bytes32
  /** The model that the root tournament is about. */
  readonly modelId: Bytes32
  /** The agreed state before leaf 0. */
  readonly prevState: Bytes32
}

/** What stands in the place of a root tournament's origin. */
export const NO_ORIGIN: Origin = { parentMatch: ZERO_WORD, modelId: ZERO_WORD, prevState: ZERO_WORD }

/** The agreed state before the leaf in dispute (spec/06 §5). */
export interface AgreedState {
  /** State hash at leaf `index − 1`; ignored when `index` is 0. */
  readonly stateHash: Bytes32
  /** Whether `siblings` belong to claim B's tree (else to claim A's). */
  readonly inB: boolean
  /** Index > 0: the siblings of leaf `index − 1`, bottom up. Index 0: `slotSiblings` at kind coarse, else empty. */
  readonly siblings: readonly Bytes32[]
}

/** Deployment parameters of the contract (spec/07 §3). Seconds and wei. */
export interface GameParameters {
  readonly challengeWindow: number
  readonly rootWindow: number
  readonly initialClock: number
  readonly allowance: number
  /** Wei a gas. */
  readonly priceCapWei: bigint
  /** Wei a gas. */
  readonly tipWei: bigint
}

/** Joins the root tournament. Sent with its bond. */
export interface JoinRootAction {
  readonly kind: 'joinRoot'
  readonly tournamentId: Bytes32
  readonly join: JoinData
}

/** Joins the inner tournament of `origin`. Sent with its bond. */
export interface JoinInnerAction {
  readonly kind: 'joinInner'
  readonly origin: Origin
  readonly leafA: Bytes32
  readonly leafB: Bytes32
  readonly join: JoinData
}

/** One descent for the side whose turn it is (spec/06 §4). */
export interface MoveAction {
  readonly kind: 'move'
  readonly matchId: Bytes32
  /** The first move of a match names it by its key (the contract's `firstMove`), later ones by `matchId` alone: null. */
  readonly match: MatchKey | null
  /** c, the first differing descendant, below `2^d`. */
  readonly childIndex: number
  /** The opponent's descendant c. */
  readonly otherChild: Bytes32
  readonly path: readonly Bytes32[]
  readonly opened: readonly Bytes32[]
}

/** Opens the tournament of single instructions about a match at a leaf of kind coarse or block. */
export interface SealCoarseAction {
  readonly kind: 'sealCoarse'
  readonly match: MatchKey
  readonly leafA: Bytes32
  readonly leafB: Bytes32
  /** Of the tournament that the match is in. */
  readonly origin: Origin
  readonly prev: AgreedState
}

/** Decides a match at a leaf by executing one instruction. */
export interface SealFineAction {
  readonly kind: 'sealFine'
  readonly match: MatchKey
  readonly leafA: Bytes32
  readonly leafB: Bytes32
  /** Of the tournament that the match is in. */
  readonly origin: Origin
  readonly prev: AgreedState
  /** The step witness (spec/07 §1). */
  readonly witness: Hex
}

/** Decides a match at a leaf of kind graph by a rule, or opens the tournament about the block in dispute. */
export interface SealGraphAction {
  readonly kind: 'sealGraph'
  readonly match: MatchKey
  readonly leafA: Bytes32
  readonly leafB: Bytes32
  /** Whether the evidence proves things in claim B's tree (else in claim A's). */
  readonly inB: boolean
  /** What the leaf is judged by (spec/07 §5). */
  readonly evidence: Hex
}

/** Ends a match in which a clock ran out. */
export interface TimeoutAction {
  readonly kind: 'timeout'
  readonly match: MatchKey
}

/** Ends the inner tournament of `parent`, and with it the parent match. */
export interface FinishInnerAction {
  readonly kind: 'finishInner'
  readonly parent: MatchKey
  readonly leafA: Bytes32
  readonly leafB: Bytes32
  /** With the parent match the {@link Origin} of the tournament. */
  readonly modelId: Bytes32
  readonly prevState: Bytes32
  /** The survivor's key, both words zero if there is none. */
  readonly winner: ClaimKey
}

/** Ends the root tournament. */
export interface FinishRootAction {
  readonly kind: 'finishRoot'
  readonly tournamentId: Bytes32
  /** The survivor's key, both words zero if there is none. */
  readonly winner: ClaimKey
}

/** Stores the time of a commitment to a later join. */
export interface CommitAction {
  readonly kind: 'commit'
  readonly commitment: Bytes32
}

/** Takes a claim over from someone who copied it, sent with the tournament's bond; or shows the owner's own older commitment, sent with 0. */
export interface DisplaceAction {
  readonly kind: 'displace'
  readonly tournamentId: Bytes32
  readonly claim: ClaimKey
  readonly salt: Bytes32
}

/** A call of a player to the `Tournament` contract; field names are those of `ITournament.sol` without the underscore. */
export type GameAction =
  | JoinRootAction
  | JoinInnerAction
  | MoveAction
  | SealCoarseAction
  | SealFineAction
  | SealGraphAction
  | TimeoutAction
  | FinishInnerAction
  | FinishRootAction
  | CommitAction
  | DisplaceAction

/** What {@link GameAction}s the honest strategy proposes: the call, the wei to send with it, and why. */
export type PlannedAction = GameAction & {
  /** Wei to send: a join's or a displacement's bond, else 0. */
  readonly valueWei: bigint
  /** One short sentence for logs. */
  readonly reason: string
}

/** Reasons of {@link MatchEndedEvent}, numbered as the contract's `MatchEnd`. */
export const MATCH_END = { step: 0, timeout: 1, inner: 2, rule: 3 } as const

/** Seconds since the epoch: the timestamp of the block that holds the event. */
export interface Timed {
  readonly time: number
}

/** A tournament came into being; its window starts at `time`. */
export interface TournamentOpenedEvent extends Timed {
  readonly kind: 'TournamentOpened'
  readonly tournamentId: Bytes32
  readonly modelId: Bytes32
  /** Zero at a root. */
  readonly parentMatch: Bytes32
  /** The event's `kind`. */
  readonly tournamentKind: Kind
  readonly height: number
  readonly prevState: Bytes32
  readonly windowEnd: number
  readonly initialClock: number
}

/** A claim joined a tournament. */
export interface JoinedEvent extends Timed {
  readonly kind: 'Joined'
  readonly tournamentId: Bytes32
  readonly claimId: Bytes32
  readonly owner: Address
  readonly root: Bytes32
  readonly outcome: Bytes32
  readonly opened: readonly Bytes32[]
}

/** A commitment was stored; `time` is both the event's argument and the block's timestamp. */
export interface CommittedEvent extends Timed {
  readonly kind: 'Committed'
  readonly commitment: Bytes32
}

/** A claim changed its owner to one who had committed earlier, or its owner (`newOwner` = `formerOwner`) showed an older commitment. */
export interface DisplacedEvent extends Timed {
  readonly kind: 'Displaced'
  readonly tournamentId: Bytes32
  readonly claimId: Bytes32
  readonly newOwner: Address
  readonly formerOwner: Address
  /** Time of the commitment: only an older one displaces again. */
  readonly ownedSince: number
}

/** Two free claims met. */
export interface MatchStartedEvent extends Timed {
  readonly kind: 'MatchStarted'
  readonly tournamentId: Bytes32
  readonly matchId: Bytes32
  readonly claimIdA: Bytes32
  readonly claimIdB: Bytes32
}

/** A move; `index` and `height` are those after it, `opened` the mover's descendants of its new node (or its leaf). */
export interface MovedEvent extends Timed {
  readonly kind: 'Moved'
  readonly matchId: Bytes32
  readonly index: bigint
  readonly height: number
  readonly otherChild: Bytes32
  readonly opened: readonly Bytes32[]
}

/** A leaf in dispute opened a tournament of its own. */
export interface InnerOpenedEvent extends Timed {
  readonly kind: 'InnerOpened'
  readonly matchId: Bytes32
  readonly tournamentId: Bytes32
  readonly prevState: Bytes32
  readonly leafA: Bytes32
  readonly leafB: Bytes32
}

/** The decisive instruction was executed. */
export interface SteppedEvent extends Timed {
  readonly kind: 'Stepped'
  readonly matchId: Bytes32
  readonly prevState: Bytes32
  readonly next: Bytes32
}

/** A rule told what the leaf in dispute is. */
export interface JudgedEvent extends Timed {
  readonly kind: 'Judged'
  readonly matchId: Bytes32
  readonly answer: Bytes32
}

/** A match is over; `winner` is zero if both claims lost; `reason` is a value of {@link MATCH_END}. */
export interface MatchEndedEvent extends Timed {
  readonly kind: 'MatchEnded'
  readonly matchId: Bytes32
  readonly winner: Bytes32
  readonly reason: number
}

/** A tournament is over; `winner` is the survivor's claim id, zero if there is none. */
export interface TournamentFinishedEvent extends Timed {
  readonly kind: 'TournamentFinished'
  readonly tournamentId: Bytes32
  readonly winner: Bytes32
  readonly outcome: Bytes32
}

/** Wei sent at once to the sender of a call. */
export interface RefundedEvent extends Timed {
  readonly kind: 'Refunded'
  readonly to: Address
  readonly amountWei: bigint
}

/** Wei that an account may withdraw. */
export interface CreditedEvent extends Timed {
  readonly kind: 'Credited'
  readonly to: Address
  readonly amountWei: bigint
}

/** What a claim that was left is worth, paid to its owner at once. */
export interface PaidEvent extends Timed {
  readonly kind: 'Paid'
  readonly to: Address
  readonly amountWei: bigint
}

/** Wei that left the contract. */
export interface WithdrawnEvent extends Timed {
  readonly kind: 'Withdrawn'
  readonly to: Address
  readonly amountWei: bigint
}

/**
 * An event of the `Tournament` contract: `kind` is its name, the fields are its arguments as the ABI decodes them (up to 48 bits
 * `number`, wider ones `bigint`), `time` is the timestamp of its block. An argument `kind` is a tournament's: `tournamentKind`.
 */
export type GameEvent =
  | TournamentOpenedEvent
  | JoinedEvent
  | CommittedEvent
  | DisplacedEvent
  | MatchStartedEvent
  | MovedEvent
  | InnerOpenedEvent
  | SteppedEvent
  | JudgedEvent
  | MatchEndedEvent
  | TournamentFinishedEvent
  | RefundedEvent
  | CreditedEvent
  | PaidEvent
  | WithdrawnEvent
