import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKeyFile, gameParameters, modelLevels } from '@opml/node'
import type { Role, Workbench } from '@opml/node'
import { deploymentToJson } from 'opml/chain'
import type { TaskView } from 'opml/chain'
import type { Hex } from 'opml/core'
import { nextActions } from 'opml/dispute'
import type { Stage, StageAccount } from './stage.ts'

/** Files by which a role's process finds its way. */
export interface ProcessFiles {
  readonly keyFile: string
  readonly folder: string
  readonly deploymentFile: string
  readonly modelFile: string
}

/** Writes key and deployment for a process of its own, in the stage's folder. */
export async function writeProcessFiles(stage: Stage, privateKey: Hex): Promise<ProcessFiles> {
  const folder = join(stage.folder, `process-${privateKey.slice(2, 10)}`)
  const keyFile = join(folder, 'key')
  await createKeyFile(keyFile, privateKey)
  const deploymentFile = join(folder, 'deployment.json')
  await writeFile(deploymentFile, JSON.stringify(deploymentToJson(stage.deployment)))
  return { keyFile, deploymentFile, folder: join(folder, 'state'), modelFile: stage.model.path }
}

/**
 * Whether a role that runs as a process has something to do at the present chain time, seen from outside: then time must not pass. A
 * process that is slow or dead is waited for.
 */
export async function hasWork(p: {
  stage: Stage
  kind: 'submitter' | 'verifier'
  owner: StageAccount
  /** Whose reading of the chain is used. */
  observer: Role
  task: TaskView
  /** With the role's history of the task. */
  workbench: Workbench
}): Promise<boolean> {
  const { stage, task, observer } = p
  const { now } = observer.follower
  const { challengeWindow } = stage.deployment.parameters
  const me = p.owner.account.address.toLowerCase() as Hex
  if (task.status === 'final' || task.status === 'awaitingDelivery') return true
  if (task.status === 'requested') return p.kind === 'submitter'
  if (task.dispute === null) {
    const isOpen = task.posted !== null && now < task.posted.time + challengeWindow
    return p.kind === 'verifier' ? isOpen : !isOpen
  }
  const view = observer.follower.gameView(task.dispute.tournamentId)
  if (view.tournaments.get(view.rootId)?.finished === true) return true
  const trace = await p.workbench.trace(stage.model, task)
  const { tournamentId } = task.dispute
  const actions = await nextActions({
    view,
    me,
    trace,
    params: gameParameters(stage.deployment),
    levels: modelLevels(stage.model),
    now,
    options: {
      commitSalt: p.owner.account.commitSalt({ tournamentId, root: await trace.root() }),
      commitFirst: false,
    },
  })
  return actions.length > 0
}
