import { MarketView, decodeLog, readLogs } from 'opml/chain'
import type { BlockPoint, ChainConnection, Deployment, TaskView, TaskViews, UploadView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { addEvent, emptyGameView } from 'opml/dispute'
import type { GameEvent, GameView } from 'opml/dispute'
import { gameParameters } from '@opml/node'
import { formatEther } from './amounts.ts'
import type { CliContext } from './context.ts'
import { NegativeOutcomeError } from './exitCodes.ts'

/** All tasks and games of a deployment at one block. */
export interface ChainPicture {
  readonly head: BlockPoint | null
  readonly tasks: TaskViews
  /** Inputs that arrive in chunks and are not complete. */
  readonly uploads: readonly UploadView[]
  /** Of all games, in the order of the chain. */
  readonly gameEvents: readonly LoggedEvent[]
}

/** An event of a game, and the transaction that caused it. */
export interface LoggedEvent {
  readonly event: GameEvent
  readonly transaction: Bytes32
}

/** Reads the logs of a deployment, again and again, and builds tasks and games from them. */
export class PictureReader {
  readonly #connection: ChainConnection
  readonly #deployment: Deployment
  #market = new MarketView()
  #gameEvents: LoggedEvent[] = []
  #trail: readonly BlockPoint[] = []

  constructor(connection: ChainConnection, deployment: Deployment) {
    this.#connection = connection
    this.#deployment = deployment
  }

  /** The picture at the head. After a reorganisation everything is read anew, and no event is where it was. */
  async read(): Promise<ChainPicture> {
    for (;;) {
      const batch = await readLogs(this.#connection, {
        addresses: [this.#deployment.market, this.#deployment.tournament],
        startBlock: this.#deployment.startBlock,
        trail: this.#trail,
      })
      if (batch.rolledBackTo !== null) {
        this.#market = new MarketView()
        this.#gameEvents = []
        this.#trail = []
        continue
      }
      this.#trail = batch.trail
      for (const log of batch.logs) {
        const decoded = decodeLog(this.#deployment, log)
        if (decoded?.source === 'tournament')
          this.#gameEvents.push({ event: decoded.event, transaction: log.transactionHash })
        if (decoded?.source === 'market') this.#market.add(decoded.event)
      }
      if (batch.isComplete) return this.#picture()
    }
  }

  #picture(): ChainPicture {
    const { tasks, uploads } = this.#market
    return { head: this.#trail.at(-1) ?? null, tasks, uploads: [...uploads], gameEvents: this.#gameEvents }
  }
}

/** All tasks and games of a deployment, read once. */
export async function readPicture(connection: ChainConnection, deployment: Deployment): Promise<ChainPicture> {
  return await new PictureReader(connection, deployment).read()
}

/** The dispute of a task, or null. */
export function gameOf(picture: ChainPicture, task: TaskView, deployment: Deployment): GameView | null {
  if (task.dispute === null) return null
  const view = emptyGameView(task.dispute.tournamentId, gameParameters(deployment))
  for (const { event } of picture.gameEvents) addEvent(view, event)
  return view
}

const POLL_MS = 1_000

/**
 * Follows a task until it is final.
 *
 * @throws {NegativeOutcomeError} when it is refunded, or the command is ended before.
 */
export async function waitUntilSettled(
  context: CliContext,
  p: { connection: ChainConnection; deployment: Deployment; taskId: Bytes32 },
): Promise<TaskView> {
  while (!context.signal.aborted) {
    const task = (await readPicture(p.connection, p.deployment)).tasks.get(p.taskId)
    if (task?.status === 'final') return task
    if (task?.status === 'refunded')
      throw new NegativeOutcomeError({
        message: `Task ${p.taskId} was refunded: nobody gave an answer that stood.`,
        suggestion: 'Withdraw the fee with "opml withdraw"; ask again with a higher fee or a later deadline.',
      })
    await p.connection.environment.sleep(POLL_MS, context.signal)
  }
  throw new NegativeOutcomeError({
    message: `Stopped before task ${p.taskId} was final.`,
    suggestion: `It goes on by itself: "opml status ${p.taskId}".`,
  })
}

/** A task for people, a line a fact. */
export function describeTask(task: TaskView, deployment: Deployment): string {
  const lines: [string, string][] = [
    ['task', task.taskId],
    ['status', task.status],
    ['model', task.modelId],
    ['requester', task.requester],
    ['fee', `${formatEther(task.feeWei)} ether`],
    ['answer until', isoTime(task.deadline)],
  ]
  if (task.inputElsewhere) lines.push(['input', 'root only: the bytes are elsewhere'])
  if (task.posted !== null) {
    lines.push(['submitter', task.posted.submitter])
    lines.push(['posted', task.posted.failed ? 'FAILED' : task.posted.output])
    lines.push(['challenge until', isoTime(task.posted.time + deployment.parameters.challengeWindow)])
  }
  if (task.dispute !== null) lines.push(['challenger', task.dispute.challenger])
  if (task.resolved !== null) lines.push(['result', task.resolved.result], ['result by', task.resolved.owner])
  if (task.output !== null) lines.push(['output', task.output])
  return lines.map(([name, value]) => `${name.padEnd(16)} ${value}`).join('\n')
}

/** Seconds since the epoch as UTC text. */
export function isoTime(seconds: number): string {
  return seconds > 8.64e12 ? `second ${seconds}` : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
