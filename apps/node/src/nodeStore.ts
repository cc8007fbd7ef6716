import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import type { BlockPoint, ChainLog, PendingStore, PendingTransaction } from 'opml/chain'
import type { Bytes32, Hex } from 'opml/core'
import { CorruptStoreError, FolderLockedError, ForeignFolderError } from './errors.ts'
import type { ChainSummary, LogPlace, Release } from './followedTasks.ts'
import { EMPTY_SUMMARY } from './followedTasks.ts'
import { parseStored, storedText } from './storedJson.ts'

/** Whose folder it is; a folder is refused to anybody else. */
export interface FolderOwner {
  readonly chainId: number
  readonly market: Hex
  readonly role: string
  readonly account: Hex
}

/** What a role found out about a task by itself; written before anything that rests on it is signed. */
export interface TaskRecord {
  readonly taskId: Bytes32
  /** The result that this role computed. */
  readonly result: Bytes32
  /** Output bytes; null for FAILED. */
  readonly output: Hex | null
  /** False when nobody can post these bytes (spec/04 §6). */
  readonly isDeliverable: boolean
  /** Root of the level 0 trace, once it was computed for a dispute. */
  readonly traceRoot: Bytes32 | null
}

/** Keys sort as the chain does. */
function logKey(place: LogPlace): string {
  return `log/${place.blockNumber.toString(16).padStart(16, '0')}/${place.logIndex.toString(16).padStart(8, '0')}`
}

function taskKey(taskId: Bytes32): string {
  return `task/${taskId}`
}

/** Range of all keys of logs. */
const LOGS = { gte: 'log/', lt: 'log0' } as const

const SYNC = { sync: true }

/**
 * Durable state of one role: logs of what is open, own results, transactions under way. One folder, one process: the database's lock file
 * is held by the operating system and falls when the process dies, however it dies.
 */
export class NodeStore implements PendingStore {
  private readonly db: ClassicLevel<string, string>
  readonly folder: string

  private constructor(folder: string, db: ClassicLevel<string, string>) {
    this.folder = folder
    this.db = db
  }

  /**
   * Opens a role's folder, makes it where it is missing, and checks whose it is.
   *
   * @throws {FolderLockedError} @throws {ForeignFolderError}
   */
  static async open(folder: string, owner: FolderOwner): Promise<NodeStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const db = new ClassicLevel<string, string>(join(folder, 'state'), { keyEncoding: 'utf8', valueEncoding: 'utf8' })
    try {
      await db.open()
    } catch (cause) {
      const inner = cause instanceof Error ? cause.cause : undefined
      const code = inner instanceof Error && 'code' in inner ? inner.code : undefined
      if (code === 'LEVEL_LOCKED') throw new FolderLockedError({ folder, cause })
      throw new CorruptStoreError({ folder, key: 'state', cause })
    }
    const store = new NodeStore(folder, db)
    try {
      await store.checkOwner(owner)
    } catch (error) {
      await db.close()
      throw error
    }
    return store
  }

  async close(): Promise<void> {
    await this.db.close()
  }

  private async checkOwner(owner: FolderOwner): Promise<void> {
    const known = await this.get<FolderOwner>('owner')
    if (known === null) return await this.db.put('owner', storedText(owner), SYNC)
    for (const field of ['chainId', 'market', 'role', 'account'] as const)
      if (known[field] !== owner[field])
        throw new ForeignFolderError({
          folder: this.folder,
          field,
          expected: String(owner[field]),
          actual: String(known[field]),
        })
  }

  /** Blocks already read, the logs of them that still matter in chain order, and what stays of the others. */
  async loadChain(): Promise<{
    trail: readonly BlockPoint[]
    summary: ChainSummary
    logs: readonly ChainLog[]
  }> {
    const trail = (await this.get<BlockPoint[]>('trail')) ?? []
    const summary = (await this.get<ChainSummary>('summary')) ?? EMPTY_SUMMARY
    const logs: ChainLog[] = []
    for await (const [key, text] of this.db.iterator(LOGS)) logs.push(this.parse<ChainLog>(key, text))
    return { trail, summary, logs }
  }

  /** Takes in new logs and the trail that leads to them, in one atomic synced write. */
  async saveBatch(p: { logs: readonly ChainLog[]; trail: readonly BlockPoint[] }): Promise<void> {
    const additions = p.logs.map((log) => ({ type: 'put' as const, key: logKey(log), value: storedText(log) }))
    const trail = { type: 'put' as const, key: 'trail', value: storedText(p.trail) }
    await this.db.batch<string, string>([...additions, trail], SYNC)
  }

  /** Removes logs and points of the trail above block `validTo`, in one atomic synced write. */
  async rollBack(validTo: bigint): Promise<void> {
    const kept = ((await this.get<BlockPoint[]>('trail')) ?? []).filter((point) => point.number <= validTo)
    const first = logKey({ blockNumber: validTo + 1n, logIndex: 0 })
    const removals = await this.removals({ ...LOGS, gte: first })
    await this.db.batch<string, string>([...removals, { type: 'put', key: 'trail', value: storedText(kept) }], SYNC)
  }

  /** Removes everything that was read from the chain; own results and transactions stay. */
  async clearChain(): Promise<void> {
    const removals = await this.removals(LOGS)
    await this.db.batch([...removals, { type: 'del', key: 'trail' }, { type: 'del', key: 'summary' }], SYNC)
  }

  /** Lets go of logs and of the own records of tasks that are over; the summary takes their place in the same atomic synced write. */
  async saveRelease(release: Release): Promise<void> {
    const keys = [...release.places.map(logKey), ...release.taskIds.map(taskKey)]
    const removals = keys.map((key) => ({ type: 'del' as const, key }))
    const summary = { type: 'put' as const, key: 'summary', value: storedText(release.summary) }
    await this.db.batch<string, string>([...removals, summary], SYNC)
  }

  private async removals(range: { gte: string; lt: string }): Promise<{ type: 'del'; key: string }[]> {
    return (await this.db.keys(range).all()).map((key) => ({ type: 'del', key }))
  }

  /** What this role computed for a task, or null. */
  async loadTask(taskId: Bytes32): Promise<TaskRecord | null> {
    return await this.get<TaskRecord>(taskKey(taskId))
  }

  async saveTask(record: TaskRecord): Promise<void> {
    await this.db.put(taskKey(record.taskId), storedText(record), SYNC)
  }

  async load(): Promise<readonly PendingTransaction[]> {
    const entries: PendingTransaction[] = []
    for await (const [key, text] of this.db.iterator({ gte: 'tx/', lt: 'tx0' }))
      entries.push(this.parse<PendingTransaction>(key, text))
    return entries
  }

  async put(transaction: PendingTransaction): Promise<void> {
    await this.db.put(pendingKey(transaction.nonce), storedText(transaction), SYNC)
  }

  async remove(nonce: number): Promise<void> {
    await this.db.del(pendingKey(nonce), SYNC)
  }

  private async get<T>(key: string): Promise<T | null> {
    const text = await this.db.get(key)
    return text === undefined ? null : this.parse<T>(key, text)
  }

  private parse<T>(key: string, text: string): T {
    try {
      return parseStored<T>(text)
    } catch (cause) {
      throw new CorruptStoreError({ folder: this.folder, key, cause })
    }
  }
}

function pendingKey(nonce: number): string {
  return `tx/${nonce.toString(16).padStart(16, '0')}`
}
