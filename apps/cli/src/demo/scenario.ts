import { MAX_CHUNK_BYTES, readInputForm, requestCall, requestInChunks } from 'opml/chain'
import type { TaskView } from 'opml/chain'
import { SLOT_LENGTH_BYTES, bytesToHex, hexToBytes } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { ComputingWorkbench } from '@opml/node'
import type { KnownModel, ProgramPlace, Role, RoleStep } from '@opml/node'
import { sendOrThrow } from '../sendOrThrow.ts'
import { taskIdIn } from '../taskIdIn.ts'
import { openActor } from './actors.ts'
import type { Actor, ActorSpec } from './actors.ts'
import { decisiveInstruction, locatedBlock } from './decided.ts'
import type { DecidedBy } from './decided.ts'
import { describeStep, narrowingOf } from './describeStep.ts'
import type { Narrowing } from './describeStep.ts'
import { measureFrom } from './measure.ts'
import type { Measure } from './measure.ts'
import { playUntilSettled } from './schedule.ts'
import { START_WEI, chainTime, resetBaseFee, transactorFor } from './stage.ts'
import type { Stage, StageAccount } from './stage.ts'

/** A story to be played on a stage. */
export interface Scenario {
  readonly name: string
  /** One line for people. */
  readonly title: string
  /** Label of the party whose balance is watched. */
  readonly honest: string
  readonly actors: readonly ActorSpec[]
  /** Plays the actors; by default {@link playUntilSettled}. */
  readonly play?: (p: PlayContext) => Promise<TaskView>
}

/** What a scenario's own way to play gets. */
export interface PlayContext {
  readonly stage: Stage
  readonly taskId: Bytes32
  readonly actors: readonly Actor[]
  /** Account of the honest party, where it is a process of its own. */
  readonly honest: StageAccount
  readonly onProgress: (line: string) => void
}

/** How a scenario went. */
export interface ScenarioReport extends Omit<Measure, 'lastProof' | 'isJudged'> {
  readonly name: string
  readonly title: string
  readonly honestResultWon: boolean
  readonly honestBalanceChangeWei: bigint
  /** The digit that the final result names; null when there is none. */
  readonly digit: number | null
  /** The block of a tensor program that the dispute came down to. */
  readonly located: { readonly index: bigint; readonly place: ProgramPlace } | null
  /** The moves, in their order. */
  readonly descent: readonly Narrowing[]
  readonly numMatches: number
  readonly computeSeconds: number
  /** Wall time from the posted answer to the last payment, both parties' work included. */
  readonly disputeSeconds: number
  readonly decidedBy: DecidedBy
}

const FEE_WEI = 10n ** 16n
const DEADLINE_SECONDS = 86_400

/** Plays one scenario from request to payment. */
export async function playScenario(
  stage: Stage,
  scenario: Scenario,
  onProgress: (line: string) => void = () => undefined,
): Promise<ScenarioReport> {
  const startMs = performance.now()
  await resetBaseFee(stage.connection)
  const fromBlock = await stage.connection.ask((client) => client.getBlockNumber())
  const taskId = await requestTask(stage)
  const descent: Narrowing[] = []
  let postedMs: number | null = null
  const onStep = (actor: Actor, step: RoleStep): void => {
    if (step.outcome.kind !== 'mined') return
    if (step.outcome.call.label === 'submit') postedMs = performance.now()
    const narrowing = narrowingOf(actor.label, step, { view: viewOf(actor.role, taskId), model: stage.model })
    if (narrowing !== null) descent.push(narrowing)
    onProgress(describeStep(actor.label, step, narrowing))
  }
  const actors: Actor[] = []
  try {
    for (const spec of scenario.actors) actors.push(await openActor(stage, { spec, taskId }, onStep))
    const roles = actors.map((actor) => actor.role)
    const honest = actors.find((actor) => actor.label === scenario.honest) ?? (await stage.newAccount())
    const task = await (scenario.play?.({ stage, taskId, actors, honest, onProgress }) ??
      playUntilSettled(stage, { taskId, actors: roles }))
    const { address } = honest.account
    const endMs = performance.now()
    const times = { computeSeconds: (endMs - startMs) / 1000, disputeSeconds: (endMs - (postedMs ?? startMs)) / 1000 }
    return await reportOn(stage, { scenario, task, actors, honest: address, fromBlock, times, descent })
  } finally {
    for (const actor of actors) await actor.close()
  }
}

async function reportOn(
  stage: Stage,
  p: {
    scenario: Scenario
    task: TaskView
    actors: readonly Actor[]
    honest: Hex
    fromBlock: bigint
    times: Pick<ScenarioReport, 'computeSeconds' | 'disputeSeconds'>
    descent: readonly Narrowing[]
  },
): Promise<ScenarioReport> {
  const { scenario, task } = p
  const workbench = new ComputingWorkbench()
  const truth = await workbench.answer(stage.model, task)
  workbench.close()
  const balance = await balanceOf(stage, p.honest)
  const [observer] = p.actors
  const view = observer === undefined ? null : viewOf(observer.role, task.taskId)
  const { lastProof, isJudged, ...measure } = await measureFrom(stage.connection, {
    deployment: stage.deployment,
    fromBlock: p.fromBlock,
  })
  const byStep = view === null || lastProof === null ? null : decisiveInstruction(lastProof, view)
  const otherwise = { level: isJudged ? 'rule' : task.dispute === null ? 'none' : 'clock' } as const
  return {
    name: scenario.name,
    title: scenario.title,
    honestResultWon: task.status === 'final' && task.output === truth.output,
    honestBalanceChangeWei: balance - START_WEI,
    digit: task.output === null ? null : digitIn(stage.model, task.output),
    located: view === null || stage.model.kind === 'machine' ? null : locatedBlock(view, stage.model),
    descent: p.descent,
    ...p.times,
    numMatches: view === null ? 0 : view.matches.size,
    decidedBy: byStep ?? { ...otherwise, step: null, instruction: null },
    ...measure,
  }
}

/** The digit that an output names: its first byte, or the greatest of ten logits; null where the model names none. */
function digitIn(model: KnownModel, output: Hex): number | null {
  const bytes = hexToBytes(output)
  if (model.kind === 'machine') return bytes[0] ?? null
  if (bytes.length !== 40) return null
  const logits = new Float32Array(bytes.slice().buffer)
  return logits.indexOf(Math.max(...logits))
}

function viewOf(role: Role, taskId: Bytes32) {
  const task = role.follower.tasks.get(taskId)
  return task === undefined || task.dispute === null ? null : role.follower.gameView(task.dispute.tournamentId)
}

/** Balance of an account in wei. */
export async function balanceOf(stage: Stage, address: Hex): Promise<bigint> {
  return await stage.connection.ask((client) => client.getBalance({ address }))
}

/** Sends the stage's input from a fresh requester. */
async function requestTask(stage: Stage): Promise<Bytes32> {
  const { account } = await stage.newAccount()
  const deadline = (await chainTime(stage.connection)) + DEADLINE_SECONDS
  const { connection, deployment, input, model } = stage
  const { modelId } = model
  const terms = { modelId, feeWei: FEE_WEI, deadline }
  const transactor = transactorFor(connection, account)
  if (input.length > MAX_CHUNK_BYTES - SLOT_LENGTH_BYTES) {
    const form = await readInputForm(connection, { deployment, modelId })
    return (await requestInChunks(connection, { deployment, transactor, terms, input, form })).taskId
  }
  const receipt = await sendOrThrow(transactor, requestCall(deployment, { ...terms, input: bytesToHex(input) }))
  return taskIdIn(deployment, receipt)
}
