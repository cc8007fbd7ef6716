import { callName } from 'opml/chain'
import type { Hex } from 'opml/core'
import { BASE_FEE_WEI } from '../../apps/cli/src/demo/stage.ts'
import type { Stage, StageAccount } from '../../apps/cli/src/demo/stage.ts'

/** A transaction that waits in the pool, as anvil tells it. */
interface PooledTransaction {
  readonly hash: Hex
  readonly from: Hex
  readonly to: Hex | null
  readonly input: Hex
  readonly value: Hex
}

/** Calls that make a claim at level 0: worth a copy. */
const CLAIMING = new Set(['challenge', 'joinRoot'])
const GWEI = 10n ** 9n

/**
 * Watches the pool, sends every claim that it sees there in its own name at a higher tip, so that it comes first in the block, and lets a
 * block be mined when something waits.
 */
export class Copier {
  /** Names of the calls that it copied. */
  readonly copied: string[] = []
  /** Called with the pool's calls of others before they are mined. */
  beforeMining: (calls: readonly string[]) => Promise<void> = () => Promise.resolve()
  private readonly stage: Stage
  private readonly owner: StageAccount
  /** Whose claims are copied. */
  private readonly victim: Hex
  private readonly seen = new Set<Hex>()
  private isWatching = true
  private watch: Promise<void> | null = null

  constructor(p: { stage: Stage; owner: StageAccount; victim: Hex }) {
    this.stage = p.stage
    this.owner = p.owner
    this.victim = p.victim.toLowerCase() as Hex
  }

  /** From now on blocks come only when the copier has seen what is in them. */
  async start(): Promise<void> {
    await this.stage.connection.send({ method: 'evm_setAutomine', params: [false] })
    // Blocks of a real chain are seconds apart; here two could be of one second, and a commitment no older than the copy.
    await this.stage.connection.send({ method: 'anvil_setBlockTimestampInterval', params: [1] })
    this.watch = this.loop()
  }

  async stop(): Promise<void> {
    this.isWatching = false
    await this.watch
    await this.stage.connection.send({ method: 'anvil_removeBlockTimestampInterval', params: [] })
    await this.stage.connection.send({ method: 'evm_setAutomine', params: [true] })
  }

  private async loop(): Promise<void> {
    while (this.isWatching) {
      const waiting = await this.pool()
      for (const transaction of waiting) await this.copy(transaction)
      if (waiting.length === 0) await this.stage.connection.environment.sleep(5)
      else {
        await this.beforeMining(waiting.map(({ input }) => callName(input) ?? '?'))
        await this.stage.connection.send({ method: 'evm_mine', params: [] })
      }
    }
  }

  private async pool(): Promise<PooledTransaction[]> {
    const content = (await this.stage.connection.send({ method: 'txpool_content', params: [] })) as {
      pending: Record<Hex, Record<string, PooledTransaction>>
    }
    return Object.values(content.pending).flatMap((byNonce) => Object.values(byNonce))
  }

  private async copy({ hash, from, to, input, value }: PooledTransaction): Promise<void> {
    const name = callName(input) ?? ''
    if (from.toLowerCase() !== this.victim || !CLAIMING.has(name) || this.seen.has(hash)) return
    this.seen.add(hash)
    const { connection } = this.stage
    const { account } = this.owner
    const nonce = await connection.ask((client) => client.getTransactionCount(account))
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: connection.chainId,
      to,
      data: input,
      value: BigInt(value),
      nonce,
      gas: 1_000_000n,
      maxFeePerGas: 10n * BASE_FEE_WEI,
      maxPriorityFeePerGas: 20n * GWEI,
    })
    await connection.send({ method: 'eth_sendRawTransaction', params: [raw] })
    this.copied.push(name)
  }
}
