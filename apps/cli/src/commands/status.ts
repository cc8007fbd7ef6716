import Table from 'cli-table3'
import type { TaskView, UploadView } from 'opml/chain'
import { findModel } from '@opml/node'
import type { KnownModel } from '@opml/node'
import type { Bytes32 } from 'opml/core'
import { KIND_NAMES } from 'opml/dispute'
import type { GameView, ViewedTournament } from 'opml/dispute'
import { formatEther } from '../amounts.ts'
import { chainCommand, openChain } from '../chainOptions.ts'
import type { ChainOptions, OpenChain } from '../chainOptions.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { UsageError } from '../exitCodes.ts'
import { modelSourceOf, withModelSource } from '../modelSource.ts'
import type { ModelSourceOptions } from '../modelSource.ts'
import { taskIdArgument } from '../taskIdArgument.ts'
import { taskOutputs } from '../taskOutputs.ts'
import { describeTask, gameOf, isoTime, readPicture } from '../taskStatus.ts'
import type { ChainPicture } from '../taskStatus.ts'

interface Options extends ChainOptions, ModelSourceOptions {
  readonly model?: string
}

/** `opml status [TASK]`: all tasks, or one with its dispute. */
export const statusCommand: CommandFactory = (context) =>
  withModelSource(
    context,
    chainCommand(context, 'status', {
      summary: 'show all tasks, or one task with its dispute',
      example: 'opml status --rpc http://127.0.0.1:8545',
    }),
  )
    .argument('[task]', 'task id')
    .option('--model <model>', "the task's model, to show its outputs as tensors: folder of its bundle, or its id")
    .action(async (task: string | undefined, options: Options) => {
      const taskId = task === undefined ? undefined : taskIdArgument(task)
      const known = options.model === undefined ? null : await findModel(options.model, modelSourceOf(context, options))
      const chain = await openChain(context, options)
      const picture = await readPicture(chain.connection, chain.deployment)
      const shown = taskId === undefined ? overview(picture) : oneTask(chain, { picture, taskId, known })
      writeResult(context, { isJson: options.json === true, ...shown })
    })

interface Shown {
  readonly json: unknown
  readonly text: string
}

function overview(picture: ChainPicture): Shown {
  const tasks = [...picture.tasks.values()]
  const head = ['task', 'status', 'model', 'fee (ether)', 'submitter', 'requested']
  const table = new Table({ head, style: { head: [], border: [] } })
  for (const task of tasks)
    table.push([
      task.taskId.slice(0, 18),
      task.status,
      task.modelId.slice(0, 10),
      formatEther(task.feeWei),
      task.posted?.submitter.slice(0, 10) ?? '–',
      isoTime(task.requestedAt),
    ])
  const text = tasks.length === 0 ? 'No tasks yet.' : table.toString()
  const { uploads } = picture
  const json = { block: picture.head?.number ?? null, tasks: tasks.map(taskJson), uploads: uploads.map(uploadJson) }
  return { json, text: uploads.length === 0 ? text : `${text}\n\n${uploadTable(uploads)}` }
}

/** Inputs of which chunks are missing: their tasks do not exist yet. */
function uploadTable(uploads: readonly UploadView[]): string {
  const head = ['upload', 'by', 'model', 'bytes', 'last chunk']
  const table = new Table({ head, style: { head: [], border: [] } })
  for (const upload of uploads)
    table.push([
      upload.inputRoot.slice(0, 18),
      upload.uploader.slice(0, 10),
      upload.modelId.slice(0, 10),
      `${upload.arrivedBytes} of ${upload.totalBytes}`,
      isoTime(upload.time),
    ])
  return table.toString()
}

function uploadJson(upload: UploadView): object {
  return { ...upload, bytes: undefined }
}

function taskJson(task: TaskView): object {
  return { ...task, input: undefined, numInputBytes: (task.input.length - 2) / 2 }
}

function oneTask(chain: OpenChain, p: { picture: ChainPicture; taskId: Bytes32; known: KnownModel | null }): Shown {
  const { picture, taskId } = p
  const task = picture.tasks.get(taskId)
  if (task === undefined) throw new UsageError({ flag: 'The task', value: taskId, expected: 'known on this chain' })
  const view = gameOf(picture, task, chain.deployment)
  const outputs = taskOutputs(p.known, task)
  const decoded = outputs === null ? {} : { outputs: outputs.json }
  const description = [describeTask(task, chain.deployment), ...(outputs === null ? [] : [outputs.text])].join('\n\n')
  if (view === null) return { json: { task: taskJson(task), dispute: null, ...decoded }, text: description }
  return {
    json: { task: taskJson(task), dispute: disputeJson(view), ...decoded },
    text: `${description}\n\n${describeGame(view)}`,
  }
}

function disputeJson(view: GameView): object {
  return {
    tournaments: [...view.tournaments.values()],
    claims: [...view.claims.values()].map((claim) => ({ ...claim, opened: undefined })),
    matches: [...view.matches.values()].map((match) => ({ ...match, openedA: undefined, openedB: undefined })),
  }
}

function describeGame(view: GameView): string {
  return [...view.tournaments.values()].map((tournament) => describeTournament(view, tournament)).join('\n')
}

const PHASES = ['', 'A moves', 'B moves', 'to be sealed', 'one level down', 'over']

function describeTournament(view: GameView, tournament: ViewedTournament): string {
  const kind = KIND_NAMES[tournament.kind]
  const state = tournament.finished ? 'finished' : `joins until ${isoTime(tournament.windowEnd)}`
  const claims = tournament.claimIds.map((id) => view.claims.get(id)).filter((claim) => claim !== undefined)
  const matches = tournament.matchIds.map((id) => view.matches.get(id)).filter((match) => match !== undefined)
  return [
    `${kind} tournament, height ${tournament.height}: ${state}`,
    ...claims.map((c) => `  claim ${c.id.slice(0, 10)} of ${c.owner}: ${c.status}, result ${c.outcome.slice(0, 10)}`),
    ...matches.map(
      (m) =>
        `  match ${m.id.slice(0, 10)}: ${PHASES[m.phase]}, node ${m.index} of height ${m.height}, clocks ${m.clockA} s and ${m.clockB} s`,
    ),
  ].join('\n')
}
