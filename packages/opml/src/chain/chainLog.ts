import type { Bytes32, Hex } from '../core/bytes.ts'

/** A log of one of the deployment's contracts, with its block's timestamp. Plain data: it can be stored as JSON but for `blockNumber`. */
export interface ChainLog {
  /** Lower case. */
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: bigint
  readonly blockHash: Bytes32
  readonly transactionHash: Bytes32
  readonly logIndex: number
  /** Seconds: the timestamp of the block. */
  readonly time: number
}

/** A block by number, hash and timestamp (seconds). */
export interface BlockPoint {
  readonly number: bigint
  readonly hash: Bytes32
  readonly time: number
}
