import { findModel } from '@opml/node'
import type { KnownModel } from '@opml/node'
import { readBonds } from 'opml/chain'
import type { TaskView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { addEvent, emptyGameView } from 'opml/dispute'
import type { GameView, Kind } from 'opml/dispute'
import { gameParameters } from '@opml/node'
import { parseCount } from '../amounts.ts'
import { chainCommand, openChain } from '../chainOptions.ts'
import type { ChainOptions, OpenChain } from '../chainOptions.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { jsonLine } from '../context.ts'
import { UsageError } from '../exitCodes.ts'
import { modelSourceOf, withModelSource } from '../modelSource.ts'
import type { ModelSourceOptions } from '../modelSource.ts'
import { taskIdArgument } from '../taskIdArgument.ts'
import { PictureReader } from '../taskStatus.ts'
import type { ChainPicture, LoggedEvent } from '../taskStatus.ts'
import { describeEvent } from '../watch/describeEvent.ts'
import { liveState, liveText } from '../watch/liveState.ts'

interface Options extends ChainOptions, ModelSourceOptions {
  readonly model?: string
  readonly poll: string
  readonly once?: boolean
}

/** `opml watch TASK`: a dispute as it happens, until the task is settled. */
export const watchCommand: CommandFactory = (context) =>
  withModelSource(
    context,
    chainCommand(context, 'watch', {
      summary:
        'follow the dispute about a task: phase, node, block, instruction, clocks, money; until the task is settled',
      example: 'opml watch 0x5f…c1 --model lenet.opml',
    }),
  )
    .argument('<task>', 'task id')
    .option('--model <model>', "the task's model, for names: folder of its bundle, its ELF file, or its id")
    .option('--poll <ms>', 'time between two looks at the chain', '1000')
    .option('--once', 'tell what happened so far, and end')
    .action(async (task: string, options: Options) => {
      const taskId = taskIdArgument(task)
      const pollMs = parseCount('--poll', options.poll, { min: 10, max: 3_600_000 })
      const known = options.model === undefined ? null : await findModel(options.model, modelSourceOf(context, options))
      const chain = await openChain(context, options)
      const watch = new Watch(context, { chain, known, taskId, options })
      while (!(await watch.look()) && options.once !== true && !context.signal.aborted)
        await chain.connection.environment.sleep(pollMs, context.signal)
    })

interface WatchOptions {
  readonly chain: OpenChain
  readonly known: KnownModel | null
  readonly taskId: Bytes32
  readonly options: Options
}

/** What was told of the dispute so far. */
interface Told {
  /** The list that was told from: another one after a reorganisation. */
  readonly events: readonly LoggedEvent[]
  count: number
  readonly view: GameView
  /** Transactions of this dispute: money that moves in them is its money. */
  readonly transactions: Set<Bytes32>
  readonly refundedWei: Map<string, bigint>
}

/** Tells what is new, look by look. */
class Watch {
  readonly #context: CliContext
  readonly #o: WatchOptions
  readonly #reader: PictureReader
  #status = ''
  #told: Told | null = null
  #bondsWei: Readonly<Partial<Record<Kind, bigint>>> | null = null
  /** Lines of the live part on the terminal. */
  #numLiveLines = 0

  constructor(context: CliContext, options: WatchOptions) {
    this.#context = context
    this.#o = options
    this.#reader = new PictureReader(options.chain.connection, options.chain.deployment)
  }

  /** Tells what is new. @returns true when nothing more can happen. */
  async look(): Promise<boolean> {
    const { taskId, known } = this.#o
    const picture = await this.#reader.read()
    const task = picture.tasks.get(taskId)
    if (task === undefined) throw new UsageError({ flag: 'The task', value: taskId, expected: 'known on this chain' })
    if (known !== null && known.modelId !== task.modelId)
      throw new UsageError({ flag: '--model', value: known.modelId, expected: `the task's: ${task.modelId}` })
    this.#clearLive()
    let isNews = task.status !== this.#status
    if (isNews) this.#tellStatus(task)
    if (task.dispute !== null) {
      const bondsWei = (this.#bondsWei ??= await this.#readBonds(task))
      const told = this.#toldOf(picture, task.dispute.tournamentId)
      if (this.#tellEvents(told, bondsWei)) isNews = true
      if (isOpen(task) && (isNews || this.#context.isTerminal)) this.#showState({ picture, task, told, bondsWei })
    }
    return !isOpen(task)
  }

  async #readBonds({ modelId }: TaskView): Promise<Readonly<Partial<Record<Kind, bigint>>>> {
    const { connection, deployment } = this.#o.chain
    return await readBonds(connection, { deployment, modelId })
  }

  #tellStatus(task: TaskView): void {
    this.#status = task.status
    this.#write({ event: 'status', status: task.status, output: task.output }, `task ${task.taskId}: ${task.status}`)
  }

  /** What was told; nothing after a reorganisation: then all is told again. */
  #toldOf({ gameEvents }: ChainPicture, rootId: Bytes32): Told {
    if (this.#told?.events !== gameEvents) {
      const view = emptyGameView(rootId, gameParameters(this.#o.chain.deployment))
      this.#told = { events: gameEvents, count: 0, view, transactions: new Set(), refundedWei: new Map() }
    }
    return this.#told
  }

  /** Tells the events that were not told yet. @returns whether there were any. */
  #tellEvents(told: Told, bondsWei: Readonly<Partial<Record<Kind, bigint>>>): boolean {
    const { view, transactions, refundedWei } = told
    const numTold = transactions.size
    for (const logs of byTransaction(told.events.slice(told.count))) {
      const [{ transaction }] = logs
      const isMoney = ({ event }: LoggedEvent): boolean => MONEY.has(event.kind)
      const tell = ({ event }: LoggedEvent): void => {
        addEvent(view, event)
        const described = describeEvent(event, { view, known: this.#o.known, bondsWei })
        if (described === null) return
        transactions.add(transaction)
        const { text, ...fields } = described
        this.#write(fields, `${new Date(event.time * 1000).toISOString().slice(11, 19)}  ${text}`)
      }
      for (const logged of logs) if (!isMoney(logged)) tell(logged)
      // Whose game money is of, its transaction tells.
      for (const logged of transactions.has(transaction) ? logs.filter(isMoney) : []) {
        const { event } = logged
        if (event.kind === 'Refunded') refundedWei.set(event.to, (refundedWei.get(event.to) ?? 0n) + event.amountWei)
        tell(logged)
      }
    }
    told.count = told.events.length
    return transactions.size > numTold
  }

  #showState(p: {
    picture: ChainPicture
    task: TaskView
    told: Told
    bondsWei: Readonly<Partial<Record<Kind, bigint>>>
  }): void {
    const { deployment } = this.#o.chain
    const { view, refundedWei } = p.told
    const now = p.picture.head?.time ?? 0
    const { task, bondsWei } = p
    const state = liveState({ task, view, known: this.#o.known, deployment, refundedWei, bondsWei, now })
    if (this.#o.options.json === true) return this.#write(state, '')
    const text = liveText(state)
    this.#context.write(`\n${text}\n`)
    this.#numLiveLines = this.#context.isTerminal ? text.split('\n').length + 1 : 0
  }

  #write(json: object, text: string): void {
    this.#context.write(`${this.#o.options.json === true ? jsonLine(json) : text}\n`)
  }

  #clearLive(): void {
    if (this.#numLiveLines > 0) this.#context.write(`\u001b[${this.#numLiveLines}A\u001b[0J`)
    this.#numLiveLines = 0
  }
}

/** Events that name an account and a sum, but no game. */
const MONEY: ReadonlySet<LoggedEvent['event']['kind']> = new Set(['Refunded', 'Credited', 'Paid'])

type Logs = [LoggedEvent, ...LoggedEvent[]]

function byTransaction(events: readonly LoggedEvent[]): Logs[] {
  const groups: Logs[] = []
  for (const logged of events) {
    const last = groups.at(-1)
    if (last?.[0].transaction === logged.transaction) last.push(logged)
    else groups.push([logged])
  }
  return groups
}

function isOpen({ status }: TaskView): boolean {
  return status !== 'final' && status !== 'refunded'
}
