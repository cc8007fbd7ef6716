import { requestCall } from 'opml/chain'
import type { TaskView } from 'opml/chain'
import { bytesToHex } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { ComputingWorkbench, modelLevels } from '@opml/node'
import type { Role, RoleStep } from '@opml/node'
import { sendOrThrow } from '../sendOrThrow.ts'
import { taskIdIn } from '../taskIdIn.ts'
import { openActor } from './actors.ts'
import type { Actor, ActorSpec } from './actors.ts'
import { decisiveInstruction } from './decided.ts'
import type { DecidedBy } from './decided.ts'
import { describeStep } from './describeStep.ts'
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
export interface ScenarioReport extends Omit<Measure, 'lastProof'> {
  readonly name: string
  readonly title: string
  readonly honestResultWon: boolean
  readonly honestBalanceChangeWei: bigint
  /** First output byte of the final result: the digit; null when there is none. */
  readonly digit: number | null
  readonly numMatches: number
  readonly computeSeconds: number
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
  const onStep = (actor: Actor, step: RoleStep): void => {
    if (step.outcome.kind !== 'mined') return
    const view = viewOf(actor.role, taskId)
    onProgress(describeStep(actor.label, step, view))
  }
  const actors: Actor[] = []
  try {
    for (const spec of scenario.actors) actors.push(await openActor(stage, { spec, taskId }, onStep))
    const roles = actors.map((actor) => actor.role)
    const honest = actors.find((actor) => actor.label === scenario.honest) ?? (await stage.newAccount())
    const task = await (scenario.play?.({ stage, taskId, actors, honest, onProgress }) ??
      playUntilSettled(stage, { taskId, actors: roles }))
    const { address } = honest.account
    return await reportOn(stage, { scenario, task, actors, honest: address, fromBlock, startMs })
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
    startMs: number
  },
): Promise<ScenarioReport> {
  const { scenario, task } = p
  const truth = await new ComputingWorkbench().answer(stage.model, task)
  const balance = await balanceOf(stage, p.honest)
  const [observer] = p.actors
  const view = observer === undefined ? null : viewOf(observer.role, task.taskId)
  const computeSeconds = (performance.now() - p.startMs) / 1000
  const { lastProof, ...measure } = await measureFrom(stage.connection, {
    deployment: stage.deployment,
    fromBlock: p.fromBlock,
  })
  const byStep = view === null || lastProof === null ? null : decisiveInstruction(lastProof, view, modelLevels(stage.model).fineHeight)
  return {
    name: scenario.name,
    title: scenario.title,
    honestResultWon: task.status === 'final' && task.output === truth.output,
    honestBalanceChangeWei: balance - START_WEI,
    digit: task.output === null ? null : Number.parseInt(task.output.slice(2, 4), 16),
    numMatches: view === null ? 0 : view.matches.size,
    computeSeconds,
    decidedBy: byStep ?? { level: task.dispute === null ? 'none' : 'clock', step: null, instruction: null },
    ...measure,
  }
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
  const call = requestCall(stage.deployment, {
    modelId: stage.model.modelId,
    input: bytesToHex(stage.input),
    feeWei: FEE_WEI,
    deadline,
  })
  const receipt = await sendOrThrow(transactorFor(stage.connection, account), call)
  return taskIdIn(stage.deployment, receipt)
}
