import { join } from 'node:path'
import { ComputingWorkbench, openRole, submitterPolicy, verifierPolicy } from '@opml/node'
import type { CommitMode, OpenedRole, Policy, Role, Workbench } from '@opml/node'
import { DEPLOYMENT_PARAMETERS, requestCall, requestWithRootCall } from 'opml/chain'
import type { ChainConnection, DeploymentProfile, TaskView } from 'opml/chain'
import { bytesToHex } from 'opml/core'
import type { Bytes32 } from 'opml/core'
import { shippedDigitFile, shippedModelFile } from '../../apps/cli/src/demo/demoFiles.ts'
import { LOCAL_FEES, chainTime, openStage, transactorFor } from '../../apps/cli/src/demo/stage.ts'
import type { Stage, StageAccount } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { sendOrThrow } from '../../apps/cli/src/sendOrThrow.ts'
import { taskIdIn } from '../../apps/cli/src/taskIdIn.ts'

/** A chain with contracts and the 8-bit digit network; the input is the digit 7. */
export function openTestStage(profile: DeploymentProfile = 'production'): Promise<Stage> {
  return openStage({
    environment: nodeEnvironment('silent'),
    parameters: DEPLOYMENT_PARAMETERS[profile],
    modelFile: shippedModelFile('int8'),
    inputFile: shippedDigitFile(7),
  })
}

/** An opened role with the account behind it. */
export interface TestRole extends OpenedRole, StageAccount {}

/** What differs from the usual honest role. */
export interface TestRoleOptions {
  readonly kind: 'submitter' | 'verifier'
  readonly connection?: ChainConnection
  readonly workbench?: Workbench
  readonly policy?: Policy
  readonly isDefender?: boolean
  readonly commit?: CommitMode
  /** Continue as this account, in its folder. */
  readonly as?: StageAccount
}

/** Opens a role on `stage` with a fresh account, or again with an old one. */
export async function openTestRole(stage: Stage, options: TestRoleOptions): Promise<TestRole> {
  const owner = options.as ?? (await stage.newAccount())
  const usual =
    options.kind === 'submitter'
      ? submitterPolicy({ minFeeWei: 10n ** 15n, deadlineMarginSeconds: 60, minWithdrawWei: 1n })
      : verifierPolicy({ isDefender: options.isDefender ?? false, minWithdrawWei: 1n })
  const opened = await openRole({
    name: options.kind,
    folder: join(stage.folder, `role-${owner.account.address}`),
    connection: options.connection ?? stage.connection,
    deployment: stage.deployment,
    account: owner.account,
    models: [stage.model],
    workbench: options.workbench ?? new ComputingWorkbench(),
    policy: options.policy ?? usual,
    fees: LOCAL_FEES,
    commitGapMs: 0,
    ...(options.commit === undefined ? {} : { commit: options.commit }),
  })
  return { ...opened, account: owner.account, privateKey: owner.privateKey }
}

/** Terms of a request; the stage's input and a fee of 0.01 ether by default. */
export interface AskOptions {
  readonly input?: Uint8Array
  readonly inputRoot?: Bytes32
  readonly feeWei?: bigint
  readonly deadlineSeconds?: number
}

/** Sends a request from a fresh account. */
export async function ask(stage: Stage, options: AskOptions = {}): Promise<Bytes32> {
  const { account } = await stage.newAccount()
  const terms = {
    modelId: stage.model.modelId,
    feeWei: options.feeWei ?? 10n ** 16n,
    deadline: (await chainTime(stage.connection)) + (options.deadlineSeconds ?? 86_400),
  }
  const call =
    options.inputRoot === undefined
      ? requestCall(stage.deployment, { ...terms, input: bytesToHex(options.input ?? stage.input) })
      : requestWithRootCall(stage.deployment, { ...terms, inputRoot: options.inputRoot })
  return taskIdIn(stage.deployment, await sendOrThrow(transactorFor(stage.connection, account), call))
}

/** The task as a role sees it; throws when it does not. */
export function taskOf(role: Role, taskId: Bytes32): TaskView {
  const task = role.follower.tasks.get(taskId)
  if (task === undefined) throw new Error(`Task ${taskId} is not known.`)
  return task
}
