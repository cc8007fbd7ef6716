import { MarketView, decodeLog, readLogs } from 'opml/chain'
import type { BlockPoint, ChainConnection, ChainEvent, ChainLog, Deployment, TaskViews } from 'opml/chain'
import type { Bytes32, Hex } from 'opml/core'
import { addEvent, emptyGameView } from 'opml/dispute'
import type { GameEvent, GameParameters, GameView } from 'opml/dispute'
import type { NodeStore } from './nodeStore.ts'

/** Wei that the followed account may withdraw, by the events seen. */
export interface Credits {
  readonly market: bigint
  readonly tournament: bigint
}

interface CachedView {
  readonly view: GameView
  numEvents: number
}

/**
 * The role's picture of the chain: tasks and games from logs, rebuilt from the store at the start and after a reorganisation. Reading
 * decides nothing and signs nothing.
 */
export class ChainFollower {
  private readonly connection: ChainConnection
  private readonly deployment: Deployment
  private readonly store: NodeStore
  private readonly account: Hex
  private trail: readonly BlockPoint[] = []
  private logs: ChainLog[] = []
  private gameEvents: GameEvent[] = []
  private views = new Map<Bytes32, CachedView>()
  private market = new MarketView()
  private credited: { market: bigint; tournament: bigint } = { market: 0n, tournament: 0n }

  constructor(p: { connection: ChainConnection; deployment: Deployment; store: NodeStore; account: Hex }) {
    this.connection = p.connection
    this.deployment = p.deployment
    this.store = p.store
    this.account = p.account
  }

  /** Takes over what the store remembers. Call once, before {@link ChainFollower.sync}. */
  async load(): Promise<void> {
    const { trail, logs } = await this.store.loadChain()
    this.trail = trail
    this.rebuild([...logs])
  }

  /**
   * Reads on to the head.
   *
   * @throws {ChainMovedError} @throws {ChainUnreachableError} both retryable: what was read before stays valid.
   */
  async sync(): Promise<void> {
    for (;;) {
      const batch = await readLogs(this.connection, {
        addresses: [this.deployment.market, this.deployment.tournament],
        startBlock: this.deployment.startBlock,
        trail: this.trail,
      })
      if (batch.trail !== this.trail || batch.rolledBackTo !== null) await this.store.saveBatch(batch)
      this.trail = batch.trail
      const { rolledBackTo } = batch
      if (rolledBackTo !== null) {
        this.connection.environment.log({
          level: 'warn',
          message: 'the chain was reorganised',
          fields: { validTo: rolledBackTo.toString() },
        })
        this.rebuild(this.logs.filter((log) => log.blockNumber <= rolledBackTo))
      }
      for (const log of batch.logs) this.add(log)
      if (batch.isComplete) return
    }
  }

  /** Timestamp of the last block read, in seconds; 0 before the first. */
  get now(): number {
    return this.trail.at(-1)?.time ?? 0
  }

  /** Number of the last block read; −1 before the first. */
  get head(): bigint {
    return this.trail.at(-1)?.number ?? -1n
  }

  get tasks(): TaskViews {
    return this.market.tasks
  }

  get credits(): Credits {
    return this.credited
  }

  /** The game about a root tournament, up to the last block read. */
  gameView(rootId: Bytes32): GameView {
    let cached = this.views.get(rootId)
    if (cached === undefined) {
      cached = { view: emptyGameView(rootId, gameParameters(this.deployment)), numEvents: 0 }
      this.views.set(rootId, cached)
    }
    for (; cached.numEvents < this.gameEvents.length; cached.numEvents++) {
      const event = this.gameEvents[cached.numEvents]
      if (event !== undefined) addEvent(cached.view, event)
    }
    return cached.view
  }

  private rebuild(logs: ChainLog[]): void {
    this.logs = []
    this.gameEvents = []
    this.views = new Map()
    this.market = new MarketView()
    this.credited = { market: 0n, tournament: 0n }
    for (const log of logs) this.add(log)
  }

  private add(log: ChainLog): void {
    this.logs.push(log)
    const decoded = decodeLog(this.deployment, log)
    if (decoded === null) return
    this.addCredit(decoded)
    if (decoded.source === 'tournament') this.gameEvents.push(decoded.event)
    else this.market.add(decoded.event)
  }

  private addCredit({ source, event }: ChainEvent): void {
    if (event.kind === 'Credited' && event.to === this.account) this.credited[source] += event.amountWei
    if (event.kind === 'Withdrawn' && event.to === this.account) this.credited[source] -= event.amountWei
  }
}

/** The parameters that the game's rules need. */
export function gameParameters(deployment: Deployment): GameParameters {
  const { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei } = deployment.parameters
  return { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei }
}
