import { playCall, settleCall } from 'opml/chain'
import type { ContractCall, Deployment, TaskView } from 'opml/chain'
import type { Hex } from 'opml/core'
import { claimIdOf } from 'opml/dispute'
import type { GameView, PlannedAction } from 'opml/dispute'
import { winnerSettlesUntil } from './gameDeadline.ts'
import type { Answer } from './workbench.ts'

/**
 * How a root dispute ends that may end. Where another result than the posted one has won, its owner settles everything at once, and
 * the others wait a while for that: null.
 */
export async function endOfDispute(
  p: {
    deployment: Deployment
    task: TaskView
    action: Extract<PlannedAction, { kind: 'finishRoot' }>
    view: GameView
    /** Who asks, in lower case. */
    account: Hex
    /** Chain time in seconds. */
    now: number
  },
  ownAnswer: () => Promise<Answer | null>,
): Promise<ContractCall | null> {
  const { deployment, task, action, view } = p
  const { winner } = action
  const owner = view.claims.get(claimIdOf(view.rootId, winner))?.owner
  if (owner === undefined || winner.outcome === task.posted?.result) return playCall(deployment, action)
  if (owner !== p.account) return p.now < winnerSettlesUntil(view) ? null : playCall(deployment, action)
  const own = await ownAnswer()
  const isDeliverable = own !== null && own.output !== null && own.isDeliverable && own.result === winner.outcome
  return isDeliverable
    ? settleCall(deployment, { taskId: task.taskId, winner, output: own.output })
    : playCall(deployment, action)
}
