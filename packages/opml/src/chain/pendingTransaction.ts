import type { Bytes32, Hex } from '../core/bytes.ts'
import type { ContractCall } from './contractCall.ts'

/** A transaction that was signed and may be in the pool or in a block. */
export interface PendingTransaction {
  readonly nonce: number
  readonly call: ContractCall
  readonly gas: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  /** The signed bytes of the newest variant, to be broadcast again after a restart. */
  readonly raw: Hex
  /** Hashes of all variants with this nonce (fee bumps), the newest last. */
  readonly hashes: readonly Bytes32[]
}

/** Durable memory of transactions; each call returns only when the change would survive a crash. */
export interface PendingStore {
  /** All entries, ascending by nonce. */
  load(): Promise<readonly PendingTransaction[]>
  /** Adds an entry or replaces the one with its nonce. Called **before** the transaction is broadcast. */
  put(transaction: PendingTransaction): Promise<void>
  remove(nonce: number): Promise<void>
}

/** A store that forgets at exit, for one-shot commands. */
export class MemoryPendingStore implements PendingStore {
  private readonly entries = new Map<number, PendingTransaction>()

  async load(): Promise<readonly PendingTransaction[]> {
    return [...this.entries.values()].sort((a, b) => a.nonce - b.nonce)
  }

  async put(transaction: PendingTransaction): Promise<void> {
    this.entries.set(transaction.nonce, transaction)
  }

  async remove(nonce: number): Promise<void> {
    this.entries.delete(nonce)
  }
}
