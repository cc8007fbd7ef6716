import { numberToHex } from 'viem'
import type { Hex } from '../core/bytes.ts'
import type { BlockPoint, ChainLog } from './chainLog.ts'
import { isCausedBy } from './connection.ts'
import type { ChainConnection } from './connection.ts'
import { ChainMovedError, RpcRequestError } from './errors.ts'

/** What one call of {@link readLogs} found. */
export interface LogBatch {
  /** Logs above this block, read earlier, are void: the chain replaced their blocks. Null: nothing was replaced. */
  readonly rolledBackTo: bigint | null
  /** New logs in chain order, all of blocks up to `trail`'s last point. */
  readonly logs: readonly ChainLog[]
  /** Points of the chain already read, ascending; to be handed to the next call, stored together with the logs. */
  readonly trail: readonly BlockPoint[]
  /** True when the head was reached; false when another call has more to read. */
  readonly isComplete: boolean
}

/** What {@link readLogs} reads and from where. */
export interface ReadLogsOptions {
  readonly addresses: readonly Hex[]
  /** First block that can hold a log. */
  readonly startBlock: bigint
  /** The trail of the last batch; empty at the first call. */
  readonly trail: readonly BlockPoint[]
  /** Blocks asked for at once; halved when a node refuses. */
  readonly rangeBlocks?: number
  /** Points kept in the trail: how deep a reorganisation is followed without reading everything again. */
  readonly trailLength?: number
}

const DEFAULT_RANGE_BLOCKS = 2_000
const DEFAULT_TRAIL_LENGTH = 128

/**
 * Reads the next range of logs and notices reorganisations.
 *
 * The last point of the trail whose hash is still on the chain is where reading goes on; everything above it is void. The range's last
 * block is read before and after its logs, so a batch belongs to one chain.
 * @throws {ChainMovedError} when the chain changed in between (retryable). @throws {ChainUnreachableError}
 */
export async function readLogs(connection: ChainConnection, options: ReadLogsOptions): Promise<LogBatch> {
  const kept = await commonTrail(connection, options.trail)
  const last = kept.at(-1)
  const isRolledBack = kept.length < options.trail.length
  const rolledBackTo = isRolledBack ? (last?.number ?? options.startBlock - 1n) : null
  const head = await readBlock(connection, 'latest')
  const from = last === undefined ? options.startBlock : last.number + 1n
  if (from > head.number) return { rolledBackTo, logs: [], trail: kept, isComplete: true }
  const range = await readRange(connection, options, from, head)
  const trail = [...kept, range.end].slice(-(options.trailLength ?? DEFAULT_TRAIL_LENGTH))
  return { rolledBackTo, logs: range.logs, trail, isComplete: range.end.number === head.number }
}

/** The longest beginning of the trail that is still on the chain. */
async function commonTrail(connection: ChainConnection, trail: readonly BlockPoint[]): Promise<readonly BlockPoint[]> {
  for (let length = trail.length; length > 0; length--) {
    const point = trail[length - 1]
    if (point === undefined) continue
    const hash = await blockHashAt(connection, point.number)
    if (hash === point.hash) return trail.slice(0, length)
  }
  return []
}

/** Hash of a block by number, or null where the chain is shorter. */
async function blockHashAt(connection: ChainConnection, number: bigint): Promise<string | null> {
  const block = await connection.send({ method: 'eth_getBlockByNumber', params: [numberToHex(number), false] })
  return hasHash(block) ? block.hash : null
}

function hasHash(block: unknown): block is { hash: string } {
  return typeof block === 'object' && block !== null && 'hash' in block && typeof block.hash === 'string'
}

/** A block by number or the latest one. */
export async function readBlock(connection: ChainConnection, number: bigint | 'latest'): Promise<BlockPoint> {
  const block = await connection.ask((client) =>
    client.getBlock(number === 'latest' ? { blockTag: 'latest' } : { blockNumber: number }),
  )
  if (block.number === null || block.hash === null) throw new ChainMovedError({ blockNumber: 0n })
  return { number: block.number, hash: block.hash, time: Number(block.timestamp) }
}

/** Logs from `from` to at most `head`, over the largest range that the node serves. */
async function readRange(
  connection: ChainConnection,
  options: ReadLogsOptions,
  from: bigint,
  head: BlockPoint,
): Promise<{ logs: ChainLog[]; end: BlockPoint }> {
  for (let width = BigInt(options.rangeBlocks ?? DEFAULT_RANGE_BLOCKS); ; width /= 2n) {
    const toNumber = from + width - 1n < head.number ? from + width - 1n : head.number
    const end = toNumber === head.number ? head : await readBlock(connection, toNumber)
    try {
      const logs = await logsBetween(connection, options.addresses, from, end)
      if ((await blockHashAt(connection, end.number)) !== end.hash)
        throw new ChainMovedError({ blockNumber: end.number })
      return { logs, end }
    } catch (error) {
      // A node that refuses the range (too many blocks or logs) gets half of it; a single block must be served.
      if (!(error instanceof RpcRequestError) || width <= 1n) throw error
    }
  }
}

async function logsBetween(
  connection: ChainConnection,
  addresses: readonly Hex[],
  from: bigint,
  end: BlockPoint,
): Promise<ChainLog[]> {
  const logs = await connection.ask((client) =>
    client.getLogs({ address: [...addresses], fromBlock: from, toBlock: end.number }),
  )
  const times = new Map<string, number>([[end.hash, end.time]])
  const read: ChainLog[] = []
  for (const log of logs) {
    if (log.removed) throw new ChainMovedError({ blockNumber: log.blockNumber })
    // Most nodes give the timestamp with the log; for the others a block is read once.
    const given =
      log.blockTimestamp === undefined || log.blockTimestamp === null ? undefined : Number(log.blockTimestamp)
    const time = given ?? times.get(log.blockHash) ?? (await blockTime(connection, log.blockHash, log.blockNumber))
    times.set(log.blockHash, time)
    read.push({
      address: log.address.toLowerCase() as Hex,
      topics: [...log.topics],
      data: log.data,
      blockNumber: log.blockNumber,
      blockHash: log.blockHash,
      transactionHash: log.transactionHash,
      logIndex: log.logIndex,
      time,
    })
  }
  return read.sort((a, b) =>
    a.blockNumber === b.blockNumber ? a.logIndex - b.logIndex : a.blockNumber < b.blockNumber ? -1 : 1,
  )
}

/** Timestamp of a block named by its hash; a missing block was replaced. */
async function blockTime(connection: ChainConnection, hash: Hex, number: bigint): Promise<number> {
  try {
    return Number((await connection.ask((client) => client.getBlock({ blockHash: hash }))).timestamp)
  } catch (cause) {
    if (isCausedBy(cause, 'BlockNotFoundError')) throw new ChainMovedError({ blockNumber: number })
    throw cause
  }
}
