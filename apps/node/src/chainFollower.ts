import { readLogs } from 'opml/chain'
import type { BlockPoint, ChainConnection, Deployment, TaskViews } from 'opml/chain'
import type { Bytes32, Hex } from 'opml/core'
import type { GameView } from 'opml/dispute'
import type { ChainSummary, Credits } from './followedTasks.ts'
import { EMPTY_SUMMARY, FollowedTasks } from './followedTasks.ts'
import type { NodeStore } from './nodeStore.ts'

/** Blocks that must lie above the last event of a task before it is let go: two epochs of the main chain, by when it is final. */
const KEEP_BLOCKS = 64n

/**
 * The role's picture of the chain: tasks and games from logs, rebuilt from the store at the start and after a reorganisation. Reading
 * decides nothing and signs nothing.
 *
 * Memory and store hold what is open and what ended in the last blocks; of the rest a {@link ChainSummary} stays. A reorganisation that
 * reaches below it makes the follower read the whole chain again.
 */
export class ChainFollower {
  private readonly connection: ChainConnection
  private readonly deployment: Deployment
  private readonly store: NodeStore
  private readonly account: Hex
  private trail: readonly BlockPoint[] = []
  private summary: ChainSummary = EMPTY_SUMMARY
  private followed: FollowedTasks

  constructor(p: { connection: ChainConnection; deployment: Deployment; store: NodeStore; account: Hex }) {
    this.connection = p.connection
    this.deployment = p.deployment
    this.store = p.store
    this.account = p.account
    this.followed = this.newFollowed()
  }

  /** Takes over what the store remembers. Call once, before {@link ChainFollower.sync}. */
  async load(): Promise<void> {
    const { trail, summary, logs } = await this.store.loadChain()
    this.trail = trail
    this.summary = summary
    this.followed = this.newFollowed()
    for (const log of logs) this.followed.add(log)
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
      if (batch.rolledBackTo !== null && !(await this.rollBack(batch.rolledBackTo))) continue
      if (batch.trail.at(-1) !== this.trail.at(-1)) {
        const logs = batch.logs.filter((log) => this.followed.add(log))
        await this.store.saveBatch({ logs, trail: batch.trail })
        this.trail = batch.trail
        await this.letGo()
      }
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

  /** Tasks that are open or ended in the last blocks. */
  get tasks(): TaskViews {
    return this.followed.tasks
  }

  get credits(): Credits {
    return this.followed.credits
  }

  /** The game about a root tournament, up to the last block read; an empty one where no event told of it, or it was let go. */
  gameView(rootId: Bytes32): GameView {
    return this.followed.gameView(rootId)
  }

  /** Goes back to block `validTo`. @returns false when that is not remembered: then everything is to be read again. */
  private async rollBack(validTo: bigint): Promise<boolean> {
    const isRemembered = validTo >= this.summary.block
    this.connection.environment.log({
      level: 'warn',
      message: isRemembered
        ? 'the chain was reorganised'
        : 'the chain was reorganised below what is remembered; reading all of it again',
      fields: { validTo: validTo.toString() },
    })
    if (isRemembered) await this.store.rollBack(validTo)
    else await this.store.clearChain()
    await this.load()
    return isRemembered
  }

  /** Drops what lies below a point of the trail, so that a reorganisation down to that point finds everything above it. */
  private async letGo(): Promise<void> {
    const horizon = this.trail.findLast((point) => point.number + KEEP_BLOCKS <= this.head)
    const release = horizon === undefined ? null : this.followed.releasable(horizon)
    if (horizon === undefined || release === null) return
    await this.store.saveRelease(release)
    this.summary = release.summary
    this.followed.release(release, horizon)
  }

  private newFollowed(): FollowedTasks {
    const { deployment, account, summary } = this
    return new FollowedTasks({ deployment, account, summary })
  }
}
