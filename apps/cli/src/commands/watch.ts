import { readModel } from '@opml/node'
import type { KnownModel } from '@opml/node'
import { readBonds } from 'opml/chain'
import type { TaskView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { addEvent, emptyGameView } from 'opml/dispute'
import type { GameEvent, GameView } from 'opml/dispute'
import { gameParameters } from '@opml/node'
import { parseCount } from '../amounts.ts'
import { chainCommand, openChain } from '../chainOptions.ts'
import type { ChainOptions, OpenChain } from '../chainOptions.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { jsonLine } from '../context.ts'
import { UsageError } from '../exitCodes.ts'
import { PictureReader } from '../taskStatus.ts'
import { describeEvent } from '../watch/describeEvent.ts'
import { liveState } from '../watch/liveState.ts'

interface Options extends ChainOptions {
  readonly model?: string
  readonly poll: string
  readonly once?: boolean
}

/** `opml watch TASK`: a dispute as it happens, until the task is settled. */
export const watchCommand: CommandFactory = (context) =>
  chainCommand(context, 'watch', {
    summary:
      'follow the dispute about a task: phase, node, block, instruction, clocks, money; until the task is settled',
    example: 'opml watch 0x5f…c1 --model lenet.opml',
  })
    .argument('<task>', 'task id')
    .option('--model <model>', "the task's model, for names: folder of its bundle, or its ELF file")
    .option('--poll <ms>', 'time between two looks at the chain', '1000')
    .option('--once', 'tell what happened so far, and end')
    .action(async (task: string, options: Options) => {
      const pollMs = parseCount('--poll', options.poll, { min: 10, max: 3_600_000 })
      const known = options.model === undefined ? null : await readModel(options.model)
      const chain = await openChain(context, options)
      const watch = new Watch(context, { chain, known, taskId: task.toLowerCase() as Bytes32, options })
      while (!(await watch.look()) && options.once !== true && !context.signal.aborted)
        await chain.connection.environment.sleep(pollMs, context.signal)
    })

interface WatchOptions {
  readonly chain: OpenChain
  readonly known: KnownModel | null
  readonly taskId: Bytes32
  readonly options: Options
}

/** What was told so far, and how many lines of the live part stand on the terminal. */
class Watch {
  readonly #context: CliContext
  readonly #o: WatchOptions
  readonly #reader: PictureReader
  #told: { events: readonly GameEvent[]; count: number; view: GameView | null; status: string } = {
    events: [],
    count: 0,
    view: null,
    status: '',
  }
  #numLiveLines = 0

  constructor(context: CliContext, options: WatchOptions) {
    this.#context = context
    this.#o = options
    this.#reader = new PictureReader(options.chain.connection, options.chain.deployment)
  }

  /** Tells what is new. @returns true when nothing more can happen. */
  async look(): Promise<boolean> {
    const { taskId, chain, known } = this.#o
    const picture = await this.#reader.read()
    const task = picture.tasks.get(taskId)
    if (task === undefined) throw new UsageError({ flag: 'The task', value: taskId, expected: 'known on this chain' })
    if (known !== null && known.modelId !== task.modelId)
      throw new UsageError({ flag: '--model', value: known.modelId, expected: `the task's: ${task.modelId}` })
    this.#clearLive()
    if (task.status !== this.#told.status) this.#tellStatus(task)
    if (task.dispute !== null) {
      const view = this.#tellEvents(picture.gameEvents, task.dispute.tournamentId)
      const isLive = this.#context.isTerminal || this.#o.options.once === true
      if (isLive && this.#o.options.json !== true && isOpen(task)) {
        const bondsWei = await readBonds(chain.connection, { deployment: chain.deployment, modelId: task.modelId })
        const { deployment } = chain
        const now = picture.head?.time ?? 0
        this.#showLive(liveState({ task, view, known, deployment, events: picture.gameEvents, bondsWei, now }))
      }
    }
    return !isOpen(task)
  }

  #tellStatus(task: TaskView): void {
    this.#told.status = task.status
    this.#write({ event: 'status', status: task.status, output: task.output }, `task ${task.taskId}: ${task.status}`)
  }

  /** Tells the events that were not told yet; after a reorganisation all of them again. */
  #tellEvents(events: readonly GameEvent[], rootId: Bytes32): GameView {
    const told = this.#told
    if (told.view === null || told.events !== events) {
      told.view = emptyGameView(rootId, gameParameters(this.#o.chain.deployment))
      told.events = events
      told.count = 0
    }
    const { view } = told
    for (const event of events.slice(told.count)) {
      addEvent(view, event)
      const described = describeEvent(event, view, this.#o.known)
      if (described === null) continue
      const { text, ...fields } = described
      this.#write(fields, `${new Date(event.time * 1000).toISOString().slice(11, 19)}  ${text}`)
    }
    told.count = events.length
    return view
  }

  #write(json: object, text: string): void {
    this.#context.write(`${this.#o.options.json === true ? jsonLine(json) : text}\n`)
  }

  #showLive(text: string): void {
    this.#context.write(`\n${text}\n`)
    this.#numLiveLines = this.#context.isTerminal ? text.split('\n').length + 1 : 0
  }

  #clearLive(): void {
    if (this.#numLiveLines > 0) this.#context.write(`\u001b[${this.#numLiveLines}A\u001b[0J`)
    this.#numLiveLines = 0
  }
}

function isOpen({ status }: TaskView): boolean {
  return status !== 'final' && status !== 'refunded'
}
