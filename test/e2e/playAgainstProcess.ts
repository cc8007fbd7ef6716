import { ComputingWorkbench } from '@opml/node'
import type { Role } from '@opml/node'
import { readCredits } from 'opml/chain'
import type { TaskView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { hasWork } from '../../apps/cli/src/demo/roleProcess.ts'
import { nextMoment } from '../../apps/cli/src/demo/schedule.ts'
import { advanceTo } from '../../apps/cli/src/demo/stage.ts'
import type { Stage, StageAccount } from '../../apps/cli/src/demo/stage.ts'

/** Lets `opponent` play in this process until the task is settled and `owner`, who is a process, is paid. */
export async function playAgainstProcess(
  stage: Stage,
  p: { taskId: Bytes32; opponent: Role; owner: StageAccount; kind: 'submitter' | 'verifier' },
): Promise<TaskView> {
  const workbench = new ComputingWorkbench()
  for (;;) {
    const { numMined } = await p.opponent.turn()
    const task = p.opponent.follower.tasks.get(p.taskId)
    if (numMined > 0 || task === undefined) continue
    const credits = await readCredits(stage.connection, {
      deployment: stage.deployment,
      account: p.owner.account.address,
    })
    const isPaid = credits.marketWei === 0n && credits.tournamentWei === 0n
    if (task.status === 'final' && isPaid) return task
    const isBusy = await hasWork({ stage, kind: p.kind, owner: p.owner, observer: p.opponent, task, workbench })
    const next = isBusy ? null : nextMoment(p.opponent, task, stage)
    if (next === null) await stage.connection.environment.sleep(20)
    else await advanceTo(stage.connection, next)
  }
}
