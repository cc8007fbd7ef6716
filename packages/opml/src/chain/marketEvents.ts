import type { Bytes32, Hex } from '../core/bytes.ts'
import type { Address, Timed } from '../dispute/types.ts'

/** A task was asked for. */
export interface RequestedEvent extends Timed {
  readonly kind: 'Requested'
  readonly taskId: Bytes32
  readonly requester: Address
  readonly modelId: Bytes32
  readonly nonce: bigint
  readonly inputRoot: Bytes32
  readonly feeWei: bigint
  /** Seconds. */
  readonly deadline: number
  readonly inputElsewhere: boolean
  readonly input: Hex
}

/** Bytes of an encoded input slot arrived (spec/03 §7); an offset of 0 begins the upload anew. */
export interface InputChunkEvent extends Timed {
  readonly kind: 'InputChunk'
  readonly uploader: Address
  readonly modelId: Bytes32
  readonly inputRoot: Bytes32
  readonly offset: bigint
  /** Posted bytes that there are in the end. */
  readonly totalBytes: bigint
  /** Whether the posted bytes begin with the length word of a slot. */
  readonly isSlot: boolean
  readonly chunk: Hex
}

/** A task got its answer. */
export interface SubmittedEvent extends Timed {
  readonly kind: 'Submitted'
  readonly taskId: Bytes32
  readonly submitter: Address
  readonly result: Bytes32
  readonly failed: boolean
  readonly output: Hex
}

/** An answer was challenged; the dispute is the named tournament. */
export interface ChallengedEvent extends Timed {
  readonly kind: 'Challenged'
  readonly taskId: Bytes32
  readonly tournamentId: Bytes32
  readonly challenger: Address
  readonly result: Bytes32
}

/** A result is fixed; its owner is credited at once or when its bytes are delivered. */
export interface ResolvedEvent extends Timed {
  readonly kind: 'Resolved'
  readonly taskId: Bytes32
  readonly result: Bytes32
  readonly resultOwner: Address
  readonly awaitingDelivery: boolean
}

/** The bytes of a fixed result were posted. */
export interface DeliveredEvent extends Timed {
  readonly kind: 'Delivered'
  readonly taskId: Bytes32
  readonly output: Hex
}

/** A task is final and paid. */
export interface FinalisedEvent extends Timed {
  readonly kind: 'Finalised'
  readonly taskId: Bytes32
  readonly result: Bytes32
}

/** A task's requester got the money back. */
export interface TaskRefundedEvent extends Timed {
  readonly kind: 'TaskRefunded'
  readonly taskId: Bytes32
  readonly amountWei: bigint
}

/** A requester's contract was called. */
export interface CalledBackEvent extends Timed {
  readonly kind: 'CalledBack'
  readonly taskId: Bytes32
  readonly success: boolean
}

/** Wei that an account may withdraw from the market, that it was paid at once, or that left it. */
export interface MarketMoneyEvent extends Timed {
  readonly kind: 'Credited' | 'Paid' | 'Withdrawn'
  readonly to: Address
  readonly amountWei: bigint
}

/** An event of the `InferenceMarket` contract: fields as the ABI decodes them, addresses in lower case, `time` of its block. */
export type MarketEvent =
  | RequestedEvent
  | InputChunkEvent
  | SubmittedEvent
  | ChallengedEvent
  | ResolvedEvent
  | DeliveredEvent
  | FinalisedEvent
  | TaskRefundedEvent
  | CalledBackEvent
  | MarketMoneyEvent
