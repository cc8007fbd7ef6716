import { callName, decodeReceipt } from 'opml/chain'
import type { ChainConnection, Deployment } from 'opml/chain'
import type { Hex } from 'opml/core'

/** What happened on chain from the challenge (undisputed: the answer) to the last payment. */
export interface Measure {
  readonly numTransactions: number
  readonly gas: bigint
  readonly numCalldataBytes: number
  readonly numMoves: number
  /** Chain time from the first to the last of them, in seconds. */
  readonly protocolSeconds: number
  /** Each transaction's function and gas, in order. */
  readonly calls: readonly { readonly name: string; readonly gas: bigint }[]
  /** Calldata of the last one-step proof; null when there was none. */
  readonly lastProof: Hex | null
  /** A rule told a leaf. */
  readonly isJudged: boolean
}

interface MinedTransaction {
  readonly input: Hex
  readonly gasUsed: bigint
  readonly time: number
  readonly events: readonly string[]
}

/** Measures the transactions to the deployment's contracts in the blocks from `fromBlock` on. */
export async function measureFrom(
  connection: ChainConnection,
  p: { deployment: Deployment; fromBlock: bigint },
): Promise<Measure> {
  const all = await minedTransactions(connection, p)
  const has = (kind: string) => (transaction: MinedTransaction) => transaction.events.includes(kind)
  const challenged = all.findIndex(has('Challenged'))
  const counted = all.slice(challenged >= 0 ? challenged : all.findIndex(has('Submitted')))
  return {
    numTransactions: counted.length,
    gas: counted.reduce((sum, transaction) => sum + transaction.gasUsed, 0n),
    numCalldataBytes: counted.reduce((sum, transaction) => sum + (transaction.input.length - 2) / 2, 0),
    numMoves: counted.filter(has('Moved')).length,
    calls: counted.map(({ input, gasUsed }) => ({ name: callName(input) ?? '?', gas: gasUsed })),
    isJudged: counted.some(has('Judged')),
    lastProof: counted.filter(has('Stepped')).at(-1)?.input ?? null,
    protocolSeconds: (counted.at(-1)?.time ?? 0) - (counted[0]?.time ?? 0),
  }
}

async function minedTransactions(
  connection: ChainConnection,
  p: { deployment: Deployment; fromBlock: bigint },
): Promise<MinedTransaction[]> {
  const { market, tournament } = p.deployment
  const head = await connection.ask((client) => client.getBlockNumber())
  const found: MinedTransaction[] = []
  for (let number = p.fromBlock; number <= head; number++) {
    const block = await connection.ask((client) => client.getBlock({ blockNumber: number, includeTransactions: true }))
    for (const { hash, input, to } of block.transactions) {
      const target = to?.toLowerCase()
      if (target !== market && target !== tournament) continue
      const receipt = await connection.ask((client) => client.getTransactionReceipt({ hash }))
      const time = Number(block.timestamp)
      const events = decodeReceipt(p.deployment, { receipt, time }).map(({ event }) => event.kind)
      found.push({ input, gasUsed: receipt.gasUsed, time, events })
    }
  }
  return found
}
