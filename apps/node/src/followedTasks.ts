import { MarketView, decodeLog, uploadKey } from 'opml/chain'
import type { BlockPoint, ChainLog, Deployment, MarketEvent, TaskViews } from 'opml/chain'
import type { Bytes32, Hex } from 'opml/core'
import { ZERO_WORD, addEvent, emptyGameView, rootTournamentId } from 'opml/dispute'
import type { CommittedEvent, GameEvent, GameParameters, GameView } from 'opml/dispute'

/** Wei that the followed account may withdraw, by the events seen. */
export interface Credits {
  readonly market: bigint
  readonly tournament: bigint
}

/** Where a log is on the chain; the store's key of it. */
export type LogPlace = Pick<ChainLog, 'blockNumber' | 'logIndex'>

/** What stays of the logs that were let go. */
export interface ChainSummary {
  /** Logs let go are at or below this block; −1 before the first. Without them a reorganisation below it cannot be followed. */
  readonly block: bigint
  /** Tasks that were over and let go. */
  readonly numTasks: number
  /** Credits of the account by the logs let go. */
  readonly credits: Credits
}

/** Nothing was let go yet. */
export const EMPTY_SUMMARY: ChainSummary = { block: -1n, numTasks: 0, credits: { market: 0n, tournament: 0n } }

/** What can be let go, and what stays of it. */
export interface Release {
  readonly summary: ChainSummary
  readonly places: readonly LogPlace[]
  readonly taskIds: readonly Bytes32[]
}

interface FollowedTask {
  readonly rootId: Bytes32
  /** Its logs, game included, in the order of the chain. */
  readonly places: LogPlace[]
  game: GameView | null
}

interface MoneyLog {
  readonly place: LogPlace
  readonly source: 'market' | 'tournament'
  /** Wei, negative for a withdrawal. */
  readonly changeWei: bigint
}

interface CommitmentLog {
  readonly place: LogPlace
  readonly event: CommittedEvent
}

type EventAboutTask = Extract<MarketEvent, { taskId: Bytes32 }>

/**
 * Tasks, games and credits from logs in the order of the chain, as far as they still matter: what is over can be let go
 * ({@link FollowedTasks.releasable}), so that the size is that of the open work, not of the past.
 */
export class FollowedTasks {
  /** Times of commitments, of whatever game: shared by all views. */
  readonly commitments = new Map<Bytes32, number>()
  private summary: ChainSummary
  private readonly deployment: Deployment
  private readonly account: Hex
  private readonly market = new MarketView()
  /** Logs of inputs that arrive in chunks, until a request takes them. */
  private readonly chunkPlaces = new Map<string, LogPlace[]>()
  private readonly followed = new Map<Bytes32, FollowedTask>()
  /** Tasks by root tournament, and by every tournament and match below it. */
  private readonly byPart = new Map<Bytes32, FollowedTask>()
  private moneyLogs: MoneyLog[] = []
  private commitmentLogs: CommitmentLog[] = []
  private credited: { market: bigint; tournament: bigint }

  constructor(p: { deployment: Deployment; account: Hex; summary: ChainSummary }) {
    this.deployment = p.deployment
    this.account = p.account
    this.summary = p.summary
    this.credited = { ...p.summary.credits }
  }

  /** Tasks by id, in the order of their requests. */
  get tasks(): TaskViews {
    return this.market.tasks
  }

  get credits(): Credits {
    return this.credited
  }

  /** The game about a root tournament; an empty one where no event told of it. */
  gameView(rootId: Bytes32): GameView {
    return this.byPart.get(rootId)?.game ?? this.newView(rootId)
  }

  /** Takes in the next log of the chain. @returns false when it tells this account nothing: it need not be kept. */
  add(log: ChainLog): boolean {
    const decoded = decodeLog(this.deployment, log)
    if (decoded === null) return false
    const { source, event } = decoded
    const place = { blockNumber: log.blockNumber, logIndex: log.logIndex }
    if (event.kind === 'Credited' || event.kind === 'Withdrawn') {
      if (event.to !== this.account) return false
      const changeWei = event.kind === 'Credited' ? event.amountWei : -event.amountWei
      this.credited[source] += changeWei
      this.moneyLogs.push({ place, source, changeWei })
      return true
    }
    if (event.kind === 'Committed') {
      if (!this.commitments.has(event.commitment)) this.commitments.set(event.commitment, event.time)
      this.commitmentLogs.push({ place, event })
      return true
    }
    if (event.kind === 'InputChunk') {
      this.addChunk(event, place)
      return true
    }
    const followed = 'taskId' in event ? this.addToTask(event) : this.addToGame(event)
    followed?.places.push(place)
    return followed !== undefined
  }

  /**
   * What no chain that keeps block `horizon` can bring back: tasks that are over since, money that moved before, commitments too old for
   * any open window. Null for nothing. The caller stores the summary, then calls {@link FollowedTasks.release}.
   */
  releasable(horizon: BlockPoint): Release | null {
    const isBelow = ({ blockNumber }: LogPlace): boolean => blockNumber <= horizon.number
    const taskIds: Bytes32[] = []
    const places: LogPlace[] = []
    for (const [taskId, followed] of this.followed) {
      const last = followed.places.at(-1)
      if (last === undefined || !isBelow(last) || !this.isOver(taskId, horizon.time)) continue
      taskIds.push(taskId)
      places.push(...followed.places)
    }
    const credits = { ...this.summary.credits }
    for (const { place, source, changeWei } of this.moneyLogs) {
      if (!isBelow(place)) continue
      credits[source] += changeWei
      places.push(place)
    }
    for (const { place, event } of this.commitmentLogs) if (event.time < this.oldestUse(horizon)) places.push(place)
    if (places.length === 0) return null
    const numTasks = this.summary.numTasks + taskIds.length
    return { summary: { block: horizon.number, numTasks, credits }, places, taskIds }
  }

  /** Lets go of what {@link FollowedTasks.releasable} found. */
  release(release: Release, horizon: BlockPoint): void {
    this.summary = release.summary
    for (const taskId of release.taskIds) this.forget(taskId)
    this.moneyLogs = this.moneyLogs.filter(({ place }) => place.blockNumber > horizon.number)
    const oldest = this.oldestUse(horizon)
    for (const { event } of this.commitmentLogs) if (event.time < oldest) this.commitments.delete(event.commitment)
    this.commitmentLogs = this.commitmentLogs.filter(({ event }) => event.time >= oldest)
  }

  /** A commitment from before this time is for no claim whose window is open: the answer, its challenge and the joins came since. */
  private oldestUse(horizon: BlockPoint): number {
    const { challengeWindow, rootWindow } = this.deployment.parameters
    return horizon.time - challengeWindow - rootWindow
  }

  /** Nothing can happen to the task from `time` on that a role has to do with. */
  private isOver(taskId: Bytes32, time: number): boolean {
    const task = this.tasks.get(taskId)
    if (task?.status === 'requested') return task.deadline <= time
    return task?.status === 'final' || task?.status === 'refunded'
  }

  private forget(taskId: Bytes32): void {
    const followed = this.followed.get(taskId)
    if (followed === undefined) return
    const { tournaments, matches } = followed.game ?? this.newView(followed.rootId)
    for (const part of [followed.rootId, ...tournaments.keys(), ...matches.keys()]) this.byPart.delete(part)
    this.followed.delete(taskId)
    this.market.forget(taskId)
  }

  private addToTask(event: EventAboutTask): FollowedTask | undefined {
    const { taskId } = event
    this.market.add(event)
    if (!this.tasks.has(taskId)) return undefined
    let followed = this.followed.get(taskId)
    if (followed === undefined) {
      followed = { rootId: rootTournamentId(this.deployment.market, taskId), places: [], game: null }
      this.followed.set(taskId, followed)
      this.byPart.set(followed.rootId, followed)
    }
    if (event.kind === 'Requested') this.takeChunks(event, followed)
    return followed
  }

  private addChunk(event: Extract<MarketEvent, { kind: 'InputChunk' }>, place: LogPlace): void {
    this.market.add(event)
    const key = uploadKey(event)
    const places = this.chunkPlaces.get(key)
    if (places === undefined) this.chunkPlaces.set(key, [place])
    else places.push(place)
  }

  /** The chunks of a request's input are kept as long as its task. */
  private takeChunks(event: Extract<MarketEvent, { kind: 'Requested' }>, followed: FollowedTask): void {
    const key = uploadKey({ ...event, uploader: event.requester })
    if ([...this.market.uploads].some((upload) => uploadKey(upload) === key)) return
    followed.places.push(...(this.chunkPlaces.get(key) ?? []))
    this.chunkPlaces.delete(key)
  }

  /** Games of other markets, and of tasks that are over, are passed over. */
  private addToGame(event: GameEvent): FollowedTask | undefined {
    const part = partOf(event)
    const followed = part === null ? undefined : this.byPart.get(part)
    if (followed === undefined) return undefined
    if (event.kind === 'TournamentOpened') this.byPart.set(event.tournamentId, followed)
    if (event.kind === 'MatchStarted') this.byPart.set(event.matchId, followed)
    followed.game ??= this.newView(followed.rootId)
    addEvent(followed.game, event)
    return followed
  }

  private newView(rootId: Bytes32): GameView {
    return { ...emptyGameView(rootId, gameParameters(this.deployment)), commitments: this.commitments }
  }
}

/** The known thing that an event is about: a root, a tournament or a match. Null where it changes no game. */
function partOf(event: GameEvent): Bytes32 | null {
  switch (event.kind) {
    case 'TournamentOpened':
      return event.parentMatch === ZERO_WORD ? event.tournamentId : event.parentMatch
    case 'Joined':
    case 'Displaced':
    case 'MatchStarted':
    case 'TournamentFinished':
      return event.tournamentId
    case 'Moved':
    case 'InnerOpened':
    case 'MatchEnded':
      return event.matchId
    case 'Stepped':
    case 'Judged':
    case 'Committed':
    case 'Refunded':
    case 'Credited':
    case 'Paid':
    case 'Withdrawn':
      return null
    default:
      return event satisfies never
  }
}

/** The parameters that the game's rules need. */
export function gameParameters(deployment: Deployment): GameParameters {
  const { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei } = deployment.parameters
  return { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei }
}
