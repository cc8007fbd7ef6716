import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ComputingWorkbench, lyingWorkbench, openRole, submitterPolicy, verifierPolicy } from '@opml/node'
import type { Lie, OpenedRole, Policy, ProgramLie, RoleOptions, RoleStep, Workbench } from '@opml/node'
import type { Bytes32 } from 'opml/core'
import { LOCAL_FEES } from './stage.ts'
import type { Stage, StageAccount } from './stage.ts'

/** Who an actor is and how it behaves. */
export interface ActorSpec {
  /** Shown in the progress lines: `server`, `liar 2`, … */
  readonly label: string
  readonly kind: 'submitter' | 'verifier'
  /** Without one the actor is honest. */
  readonly lie?: Lie | ProgramLie
  readonly policy?: (usual: Policy) => Policy
  readonly isWilling?: RoleOptions['isWilling']
}

/** An actor of a scenario, opened. */
export interface Actor extends OpenedRole, StageAccount {
  readonly label: string
}

/** Everything an actor owns is collected. */
const MIN_WITHDRAW_WEI = 1n

/** Opens an actor with an account and a folder of its own. */
export async function openActor(
  stage: Stage,
  p: { spec: ActorSpec; taskId: Bytes32 },
  onStep: (actor: Actor, step: RoleStep) => void,
): Promise<Actor> {
  const { spec, taskId } = p
  const { account, privateKey } = await stage.newAccount()
  const folder = join(stage.folder, account.address)
  await mkdir(folder, { recursive: true })
  const workbench: Workbench = spec.lie === undefined ? new ComputingWorkbench() : lyingWorkbench(spec.lie)
  const usual =
    spec.kind === 'submitter'
      ? submitterPolicy({ minFeeWei: 1n, deadlineMarginSeconds: 60, minWithdrawWei: MIN_WITHDRAW_WEI })
      : verifierPolicy({ isDefender: false, minWithdrawWei: MIN_WITHDRAW_WEI })
  let actor: Actor | null = null
  const opened = await openRole({
    name: spec.kind,
    folder,
    account,
    workbench,
    connection: stage.connection,
    deployment: stage.deployment,
    models: [stage.model],
    policy: aboutTask(taskId, spec.policy?.(usual) ?? usual),
    fees: LOCAL_FEES,
    // Nobody gains by a copy of a lie.
    commit: spec.lie === undefined ? 'auto' : 'never',
    // Nobody copies here: no time is spent on making a copy younger.
    commitGapMs: 0,
    onStep: (step) => {
      if (actor !== null) onStep(actor, step)
    },
    ...(spec.isWilling === undefined ? {} : { isWilling: spec.isWilling }),
  })
  const close = async (): Promise<void> => {
    workbench.close()
    await opened.close()
  }
  actor = { ...opened, close, label: spec.label, account, privateKey }
  return actor
}

/** The policy for one task alone: scenarios share a chain, not their tasks. */
function aboutTask(taskId: Bytes32, policy: Policy): Policy {
  return (picture) => policy({ ...picture, tasks: [...picture.tasks].filter((task) => task.taskId === taskId) })
}
