import { decodeEventLog } from 'viem'
import type { TransactionReceipt } from 'viem'
import type { Hex } from '../core/bytes.ts'
import type { GameEvent } from '../dispute/types.ts'
import { inferenceMarketAbi, tournamentAbi } from './abis.ts'
import type { ChainLog } from './chainLog.ts'
import type { Deployment } from './deployment.ts'
import type { MarketEvent } from './marketEvents.ts'

/** A decoded log, with the contract it came from. */
export type ChainEvent =
  | { readonly source: 'market'; readonly event: MarketEvent; readonly log: ChainLog }
  | { readonly source: 'tournament'; readonly event: GameEvent; readonly log: ChainLog }

/**
 * Decodes a log of the market or the tournament contract.
 *
 * Null for a log of another contract and for one that these ABIs do not know: such a log says nothing about a task.
 */
export function decodeLog(deployment: Deployment, log: ChainLog): ChainEvent | null {
  if (log.address === deployment.market) {
    const event = decode<MarketEvent>(inferenceMarketAbi, log)
    return event === null ? null : { source: 'market', event, log }
  }
  if (log.address === deployment.tournament) {
    const event = decode<GameEvent>(tournamentAbi, log)
    return event === null ? null : { source: 'tournament', event, log }
  }
  return null
}

/** The decoded logs of one receipt. `time`: timestamp of its block, in seconds. */
export function decodeReceipt(
  deployment: Deployment,
  p: { receipt: Pick<TransactionReceipt, 'logs'>; time: number },
): ChainEvent[] {
  return p.receipt.logs.flatMap((log) => {
    const address = log.address.toLowerCase() as Hex
    const event = decodeLog(deployment, { ...log, address, topics: log.topics, time: p.time })
    return event === null ? [] : [event]
  })
}

function decode<E>(abi: typeof inferenceMarketAbi | typeof tournamentAbi, log: ChainLog): E | null {
  if (log.topics.length === 0) return null
  try {
    const { eventName, args } = decodeEventLog({
      abi,
      data: log.data,
      topics: log.topics as [Hex, ...Hex[]],
      strict: true,
    })
    // SAFETY: the event types mirror the ABI field by field; a test compares the two lists. An argument `kind` is a tournament's.
    const { kind: tournamentKind, ...fields } = normalised(args)
    return {
      ...fields,
      ...(tournamentKind === undefined ? {} : { tournamentKind }),
      kind: eventName,
      time: log.time,
    } as E
  } catch {
    return null
  }
}

/** Fields of bytes: 20 of them look like an address. */
const BYTES_FIELDS = new Set(['output', 'input', 'chunk'])

/** Addresses in lower case, so that they compare with `===`; a tournament's `kind` under a name that is not the event's. */
function normalised(args: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(args ?? {}))
    fields[name === 'kind' ? 'tournamentKind' : name] =
      typeof value === 'string' && value.length === 42 && !BYTES_FIELDS.has(name) ? value.toLowerCase() : value
  return fields
}
