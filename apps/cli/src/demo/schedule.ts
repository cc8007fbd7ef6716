import type { TaskView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { nextGameDeadline, nextMarketDeadline } from '@opml/node'
import type { Role } from '@opml/node'
import { OpmlError } from 'opml/core'
import { advanceTo } from './stage.ts'
import type { Stage } from './stage.ts'

/** The actors of a scenario have nothing more to do, and the task is not settled. */
export class ScenarioStuckError extends OpmlError {
  override readonly name = 'ScenarioStuckError'

  constructor(p: { taskId: string; status: string; now: number }) {
    super(`At chain time ${p.now} nobody has anything to do, but task ${p.taskId} is ${p.status}.`, {
      code: 'CLI_SCENARIO_STUCK_INVARIANT',
      suggestion: 'This is a fault of the program: please report it.',
    })
  }
}

/** Rounds of turns after which a scenario is given up. */
const MAX_ROUNDS = 2_000

/**
 * Gives each actor its turn, again and again; when nobody did anything, lets the chain's time pass to the next moment at which a rule
 * allows something new. Ends when the task is settled and nobody has anything left to do.
 *
 * @throws {ScenarioStuckError}
 */
export async function playUntilSettled(
  stage: Stage,
  p: { taskId: Bytes32; actors: readonly Role[] },
): Promise<TaskView> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let numMined = 0
    for (const actor of p.actors) numMined += (await actor.turn()).numMined
    if (numMined > 0) continue
    const [observer] = p.actors
    const task = observer?.follower.tasks.get(p.taskId)
    if (observer === undefined || task === undefined) break
    if (task.status === 'final' || task.status === 'refunded') return task
    const next = nextMoment(observer, task, stage)
    if (next === null)
      throw new ScenarioStuckError({ taskId: p.taskId, status: task.status, now: observer.follower.now })
    await advanceTo(stage.connection, next)
  }
  throw new ScenarioStuckError({ taskId: p.taskId, status: 'still open', now: 0 })
}

/** The next moment (chain time) at which something about the task can change, or null. */
export function nextMoment(observer: Role, task: TaskView, stage: Stage): number | null {
  const { now } = observer.follower
  const market = nextMarketDeadline(task, stage.deployment)
  const game =
    task.dispute === null ? null : nextGameDeadline(observer.follower.gameView(task.dispute.tournamentId), now)
  const ahead = [market, game].filter((moment) => moment !== null && moment > now)
  return ahead.length === 0 ? null : Math.min(...ahead.map(Number))
}
