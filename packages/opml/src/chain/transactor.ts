import { keccak256 } from 'viem'
import type { TransactionReceipt } from 'viem'
import type { Bytes32, Hex } from '../core/bytes.ts'
import type { ChainAccount } from './account.ts'
import { isCausedBy } from './connection.ts'
import type { ChainConnection } from './connection.ts'
import type { ContractCall } from './contractCall.ts'
import type { ContractRevertError } from './errors.ts'
import {
  ChainUnreachableError,
  InsufficientFundsError,
  NonceTakenError,
  RpcRequestError,
  TransactionStuckError,
} from './errors.ts'
import type { PendingStore, PendingTransaction } from './pendingTransaction.ts'
import { revertFrom } from './revert.ts'

/** How transactions are priced and how long they are waited for. */
export interface FeePolicy {
  /** Wei a gas paid to the block's producer. The contracts refund up to their `tipWei`: more than that is never paid back. */
  readonly tipWei: bigint
  /** Wei a gas that no transaction ever exceeds. */
  readonly maxFeeCapWei: bigint
  /** Wait for a receipt this long before the fee is raised. */
  readonly stuckAfterMs: number
  /** Fee raises before giving up for now. */
  readonly maxBumps: number
  readonly pollMs: number
}

const GWEI = 1_000_000_000n

/** Tip 2 gwei as refunded by the contracts, at most 500 gwei, raised every 60 s. */
export const DEFAULT_FEE_POLICY: FeePolicy = {
  tipWei: 2n * GWEI,
  maxFeeCapWei: 500n * GWEI,
  stuckAfterMs: 60_000,
  maxBumps: 8,
  pollMs: 1_000,
}

/** What a {@link Transactor} is made of. */
export interface TransactorOptions {
  readonly connection: ChainConnection
  readonly account: ChainAccount
  readonly pending: PendingStore
  readonly fees?: FeePolicy
  readonly signal?: AbortSignal
}

/** The fate of a call: in a block, or refused (by the simulation before it was sent, or in its block). */
export type CallOutcome =
  | { readonly kind: 'mined'; readonly call: ContractCall; readonly receipt: TransactionReceipt }
  | { readonly kind: 'refused'; readonly call: ContractCall; readonly error: ContractRevertError }

type Unsigned = Omit<PendingTransaction, 'raw'>

/** A quarter more: nodes replace a transaction only if both its fees rise by a tenth. */
function raiseFee(fee: bigint): bigint {
  return (fee * 5n) / 4n + 1n
}

/**
 * Sends transactions of one account: own nonces, fee raises for stuck ones, and a record written before each broadcast, so that a
 * process killed at any moment finds its transactions again ({@link Transactor.recover}).
 */
export class Transactor {
  readonly account: ChainAccount
  private readonly connection: ChainConnection
  private readonly pending: PendingStore
  private readonly fees: FeePolicy
  private readonly signal: AbortSignal | undefined

  constructor(options: TransactorOptions) {
    this.account = options.account
    this.connection = options.connection
    this.pending = options.pending
    this.fees = options.fees ?? DEFAULT_FEE_POLICY
    this.signal = options.signal
  }

  /**
   * Settles what an earlier process left: broadcasts again, waits, forgets. Call once before the first {@link Transactor.send}.
   *
   * @returns the outcomes; a transaction whose nonce was taken by another is dropped without one.
   */
  async recover(): Promise<CallOutcome[]> {
    const outcomes: CallOutcome[] = []
    for (const transaction of await this.pending.load()) {
      this.log('info', 'following a transaction of an earlier run', transaction)
      const outcome = await this.follow(transaction).catch(async (error: unknown) => {
        if (!(error instanceof NonceTakenError)) throw error
        return null
      })
      if (outcome !== null) outcomes.push(outcome)
    }
    return outcomes
  }

  /**
   * Sends a call and waits until it is in a block. A call that the chain refuses in simulation is not sent.
   *
   * @throws {InsufficientFundsError} @throws {NonceTakenError} @throws {TransactionStuckError} @throws {ChainUnreachableError}
   */
  async send(call: ContractCall): Promise<CallOutcome> {
    const prepared = await this.prepare(call)
    if (prepared.kind === 'refused') return prepared
    const transaction = await this.sign({
      call,
      gas: prepared.gas,
      maxFeePerGas: prepared.fee,
      maxPriorityFeePerGas: this.fees.tipWei,
      nonce: await this.nextNonce(),
      hashes: [],
    })
    return await this.follow(transaction)
  }

  /** Gas by simulation, with a margin for state that changes before the block; or the refusal. */
  private async prepare(
    call: ContractCall,
  ): Promise<{ kind: 'ready'; gas: bigint; fee: bigint } | Extract<CallOutcome, { kind: 'refused' }>> {
    const { address } = this.account
    try {
      const estimated = await this.connection.ask((client) =>
        client.estimateGas({ account: address, to: call.to, data: call.data, value: call.valueWei }),
      )
      const gas = (estimated * 5n) / 4n + 20_000n
      return { kind: 'ready', gas, fee: await this.currentFee() }
    } catch (error) {
      const revert = revertFrom(error, call.label)
      if (revert !== null) return { kind: 'refused', call, error: revert }
      throw await this.explain(error, call)
    }
  }

  /** Two base fees and the tip, within the cap. */
  private async currentFee(): Promise<bigint> {
    const block = await this.connection.ask((client) => client.getBlock({ blockTag: 'latest' }))
    const wanted = 2n * (block.baseFeePerGas ?? 0n) + this.fees.tipWei
    return wanted < this.fees.maxFeeCapWei ? wanted : this.fees.maxFeeCapWei
  }

  /** Lack of funds as its own error; other refusals of the node as they are. */
  private async explain(error: unknown, call: ContractCall): Promise<unknown> {
    const text = error instanceof Error ? error.message : String(error)
    if (/insufficient funds|exceeds (the )?balance|OutOfFunds|gas required exceeds allowance/i.test(text)) {
      const { address } = this.account
      const balanceWei = await this.connection.ask((client) => client.getBalance({ address }))
      const neededWei = call.valueWei + 1_000_000n * (await this.currentFee())
      return new InsufficientFundsError({ address, neededWei, balanceWei, purpose: `"${call.label}" with its gas` })
    }
    return error
  }

  private async nextNonce(): Promise<number> {
    const { address } = this.account
    const mined = await this.connection.ask((client) => client.getTransactionCount({ address, blockTag: 'latest' }))
    const own = (await this.pending.load()).map((transaction) => transaction.nonce + 1)
    return Math.max(mined, ...own)
  }

  /** Signs and records; nothing is broadcast yet. */
  private async sign(p: Unsigned): Promise<PendingTransaction> {
    const { call, gas, nonce, maxFeePerGas } = p
    const maxPriorityFeePerGas = p.maxPriorityFeePerGas < maxFeePerGas ? p.maxPriorityFeePerGas : maxFeePerGas
    const fees = { gas, maxFeePerGas, maxPriorityFeePerGas }
    const raw = await this.account.signTransaction({
      type: 'eip1559',
      chainId: this.connection.chainId,
      to: call.to,
      data: call.data,
      value: call.valueWei,
      nonce,
      ...fees,
    })
    const transaction = { nonce, call, ...fees, raw, hashes: [...p.hashes, keccak256(raw)] }
    await this.pending.put(transaction)
    return transaction
  }

  /** Broadcasts and waits, raising the fee when nothing happens. */
  private async follow(first: PendingTransaction): Promise<CallOutcome> {
    let transaction = first
    await this.broadcast(transaction)
    for (let bump = 0; ; bump++) {
      const receipt = await this.waitForReceipt(transaction)
      if (receipt !== null) return await this.settle(transaction, receipt)
      const raised = raiseFee(transaction.maxFeePerGas)
      if (bump >= this.fees.maxBumps || raised > this.fees.maxFeeCapWei || this.signal?.aborted === true)
        throw new TransactionStuckError({
          label: transaction.call.label,
          nonce: transaction.nonce,
          maxFeePerGas: transaction.maxFeePerGas,
          waitedMs: (bump + 1) * this.fees.stuckAfterMs,
        })
      this.log('warn', 'transaction is stuck; raising its fee', transaction)
      const maxPriorityFeePerGas = raiseFee(transaction.maxPriorityFeePerGas)
      transaction = await this.sign({ ...transaction, maxFeePerGas: raised, maxPriorityFeePerGas })
      await this.broadcast(transaction)
    }
  }

  /** Sends the signed bytes; answers that mean "I have it" or "its nonce is used" are left to the wait. */
  private async broadcast(transaction: PendingTransaction): Promise<void> {
    try {
      await this.connection.send({ method: 'eth_sendRawTransaction', params: [transaction.raw] })
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (/already known|already imported|nonce too low|underpriced|AlreadyExists/i.test(text)) return
      if (error instanceof ChainUnreachableError) throw error
      await this.pending.remove(transaction.nonce)
      const explained = await this.explain(error, transaction.call)
      if (explained !== error) throw explained
      throw new RpcRequestError({ method: 'eth_sendRawTransaction', detail: text, cause: error })
    }
  }

  /** The receipt of any variant; null after `stuckAfterMs`. @throws {NonceTakenError} */
  private async waitForReceipt(transaction: PendingTransaction): Promise<TransactionReceipt | null> {
    const { environment } = this.connection
    const start = environment.nowMs()
    for (;;) {
      const receipt = await this.anyReceipt(transaction.hashes)
      if (receipt !== null) return receipt
      if (await this.isNonceTaken(transaction)) {
        await this.pending.remove(transaction.nonce)
        throw new NonceTakenError({
          label: transaction.call.label,
          nonce: transaction.nonce,
          address: this.account.address,
        })
      }
      if (environment.nowMs() - start >= this.fees.stuckAfterMs || this.signal?.aborted === true) return null
      await environment.sleep(this.fees.pollMs, this.signal)
    }
  }

  /** The account's nonce is past this one and still no variant has a receipt. */
  private async isNonceTaken(transaction: PendingTransaction): Promise<boolean> {
    const { address } = this.account
    const mined = await this.connection.ask((client) => client.getTransactionCount({ address, blockTag: 'latest' }))
    if (mined <= transaction.nonce) return false
    return (await this.anyReceipt(transaction.hashes)) === null
  }

  private async anyReceipt(hashes: readonly Bytes32[]): Promise<TransactionReceipt | null> {
    for (const hash of [...hashes].reverse()) {
      const receipt = await this.receipt(hash)
      if (receipt !== null) return receipt
    }
    return null
  }

  private async receipt(hash: Hex): Promise<TransactionReceipt | null> {
    try {
      return await this.connection.ask((client) => client.getTransactionReceipt({ hash }))
    } catch (error) {
      if (isCausedBy(error, 'TransactionReceiptNotFoundError')) return null
      throw error
    }
  }

  /** Forgets the transaction and says what became of it. */
  private async settle(transaction: PendingTransaction, receipt: TransactionReceipt): Promise<CallOutcome> {
    await this.pending.remove(transaction.nonce)
    const { call } = transaction
    if (receipt.status === 'success') {
      this.log('debug', 'transaction is in a block', transaction)
      return { kind: 'mined', call, receipt }
    }
    return { kind: 'refused', call, error: await this.reasonOf(transaction, receipt) }
  }

  /** Why a transaction reverted in its block, by calling it again on the state before. */
  private async reasonOf(transaction: PendingTransaction, receipt: TransactionReceipt): Promise<ContractRevertError> {
    const { call } = transaction
    const fallback = new Error('execution reverted')
    const error = await this.connection
      .ask((client) =>
        client.call({
          account: this.account.address,
          to: call.to,
          data: call.data,
          value: call.valueWei,
          blockNumber: receipt.blockNumber,
        }),
      )
      .then(
        () => fallback,
        (cause: unknown) => cause,
      )
    const revert = revertFrom(error, call.label) ?? revertFrom(fallback, call.label)
    if (revert === null) throw error
    return revert
  }

  private log(level: 'debug' | 'info' | 'warn', message: string, transaction: PendingTransaction): void {
    this.connection.environment.log({
      level,
      message,
      fields: {
        call: transaction.call.label,
        nonce: transaction.nonce,
        hash: transaction.hashes.at(-1) ?? null,
        maxFeePerGasWei: transaction.maxFeePerGas.toString(),
      },
    })
  }
}
