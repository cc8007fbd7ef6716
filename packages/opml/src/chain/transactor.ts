import { keccak256 } from 'viem'
import type { TransactionReceipt } from 'viem'
import type { Bytes32, Hex } from '../core/bytes.ts'
import type { ChainAccount } from './account.ts'
import { isCausedBy } from './connection.ts'
import type { ChainConnection } from './connection.ts'
import type { ContractCall } from './contractCall.ts'
import {
  ChainUnreachableError,
  ContractRevertError,
  InsufficientFundsError,
  NonceTakenError,
  RpcRequestError,
  TransactionStuckError,
} from './errors.ts'
import type { PendingStore, PendingTransaction } from './pendingTransaction.ts'
import { readBaseFeeWei } from './reads.ts'
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

/** How often and how far apart a used nonce without a receipt is looked at before it is believed. */
const NONCE_LOOKS = 8
const NONCE_LOOK_MS = 250

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
   * Settles what is recorded and not yet known to be in a block, whether this process or an earlier one sent it. Nothing new should be
   * decided before it is done.
   *
   * A call that the chain would refuse by now is given up instead of being broadcast again.
   */
  async recover(): Promise<CallOutcome[]> {
    const outcomes: CallOutcome[] = []
    for (const transaction of await this.pending.load()) {
      this.log('info', 'following a recorded transaction', transaction)
      try {
        outcomes.push(await this.resume(transaction))
      } catch (error) {
        if (!(error instanceof NonceTakenError)) throw error
      }
    }
    return outcomes
  }

  private async resume(transaction: PendingTransaction): Promise<CallOutcome> {
    const receipt = await this.receiptIfOver(transaction)
    if (receipt !== null) return await this.settle(transaction, receipt)
    const prepared = await this.prepare(transaction.call)
    if (prepared.kind === 'ready') return await this.follow(transaction)
    await this.pending.remove(transaction.nonce)
    return prepared
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
      const withMargin = (estimated * 5n) / 4n + 20_000n
      const gas = withMargin > (call.minGasLimit ?? 0n) ? withMargin : (call.minGasLimit ?? 0n)
      return { kind: 'ready', gas, fee: await this.currentFee() }
    } catch (error) {
      const revert = revertFrom(error, call.label)
      if (revert !== null) return { kind: 'refused', call, error: revert }
      throw await this.explain(error, call)
    }
  }

  /** Two base fees and the tip, within the cap. */
  private async currentFee(): Promise<bigint> {
    const wanted = 2n * (await readBaseFeeWei(this.connection)) + this.fees.tipWei
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
    const mined = await this.minedNonce()
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
    for (let bump = 0; ; bump++) {
      const isWorthWaiting = await this.broadcast(transaction)
      const receipt = isWorthWaiting ? await this.waitForReceipt(transaction) : null
      if (receipt !== null) return await this.settle(transaction, receipt)
      const maxFeePerGas = await this.raisedFee(transaction)
      if (bump >= this.fees.maxBumps || maxFeePerGas === null || this.signal?.aborted === true)
        throw new TransactionStuckError({
          label: transaction.call.label,
          nonce: transaction.nonce,
          maxFeePerGas: transaction.maxFeePerGas,
          waitedMs: (bump + 1) * this.fees.stuckAfterMs,
        })
      this.log('warn', 'raising the fee of a transaction', transaction)
      const maxPriorityFeePerGas = raiseFee(transaction.maxPriorityFeePerGas)
      transaction = await this.sign({ ...transaction, maxFeePerGas, maxPriorityFeePerGas })
    }
  }

  /** A fee that replaces the transaction and fits the present base fee; null above the cap. */
  private async raisedFee(transaction: PendingTransaction): Promise<bigint | null> {
    const [raised, current] = [raiseFee(transaction.maxFeePerGas), await this.currentFee()]
    const fee = raised > current ? raised : current
    return fee > this.fees.maxFeeCapWei ? null : fee
  }

  /**
   * Sends the signed bytes. Answers that mean "I have it" or "its nonce is used" are left to the wait.
   *
   * @returns false when the node will not take it at this fee.
   */
  private async broadcast(transaction: PendingTransaction): Promise<boolean> {
    try {
      await this.connection.send({ method: 'eth_sendRawTransaction', params: [transaction.raw] })
      return true
    } catch (error) {
      if (error instanceof ChainUnreachableError) throw error
      const text = error instanceof Error ? error.message : String(error)
      if (/already known|already imported|nonce too low|underpriced|AlreadyExists/i.test(text)) return true
      if (/less than block base fee|fee cap less than/i.test(text)) return false
      // An earlier variant may be in the pool: go on waiting for it.
      if (transaction.hashes.length > 1) return true
      await this.pending.remove(transaction.nonce)
      const explained = await this.explain(error, transaction.call)
      if (explained !== error) throw explained
      throw new RpcRequestError({
        method: 'eth_sendRawTransaction',
        detail: text.split('\n').at(0) ?? '',
        cause: error,
      })
    }
  }

  /** The receipt of any variant; null after `stuckAfterMs`. @throws {NonceTakenError} */
  private async waitForReceipt(transaction: PendingTransaction): Promise<TransactionReceipt | null> {
    const { environment } = this.connection
    const start = environment.nowMs()
    for (;;) {
      const receipt = await this.receiptIfOver(transaction)
      if (receipt !== null) return receipt
      if (environment.nowMs() - start >= this.fees.stuckAfterMs || this.signal?.aborted === true) return null
      await environment.sleep(this.fees.pollMs, this.signal)
    }
  }

  /** The receipt of any variant, null while the nonce is free. @throws {NonceTakenError} */
  private async receiptIfOver(transaction: PendingTransaction): Promise<TransactionReceipt | null> {
    const { environment } = this.connection
    // A node may count a nonce a moment before it shows the receipt: believe it only when it keeps saying so.
    for (let look = 0; look < NONCE_LOOKS; look++) {
      const receipt = await this.anyReceipt(transaction.hashes)
      if (receipt !== null || (await this.minedNonce()) <= transaction.nonce) return receipt
      await environment.sleep(NONCE_LOOK_MS)
    }
    await this.pending.remove(transaction.nonce)
    const { nonce, call } = transaction
    throw new NonceTakenError({ label: call.label, nonce, address: this.account.address })
  }

  private async minedNonce(): Promise<number> {
    const { address } = this.account
    return await this.connection.ask((client) => client.getTransactionCount({ address, blockTag: 'latest' }))
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
    if (receipt.gasUsed >= (transaction.gas * 63n) / 64n)
      return new ContractRevertError({
        label: call.label,
        reason: 'out of gas',
        args: [receipt.gasUsed.toString()],
        suggestion: 'The action is decided anew.',
      })
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
