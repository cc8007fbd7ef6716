import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LyingWorkbench, activationFlip, outputLie, weightFlip } from '@opml/node'
import type { Lie } from '@opml/node'
import { playUntilSettled } from '../../apps/cli/src/demo/schedule.ts'
import { START_WEI } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { ask, openTestRole, openTestStage } from './testStage.ts'
import type { TestRole } from './testStage.ts'

const NUM_LIARS = 15

let stage: Stage

beforeAll(async () => {
  stage = await openTestStage()
})

afterAll(async () => {
  await stage?.close()
})

describe('many claims', () => {
  test('story: one honest verifier against 15 different lies, in at most 4 match times', async () => {
    const taskId = await ask(stage)
    const lies: Lie[] = [
      ...Array.from({ length: 6 }, (_, i) => weightFlip(i)),
      ...Array.from({ length: 2 }, (_, i) => activationFlip(i)),
      ...Array.from({ length: 7 }, (_, i) => outputLie(i)),
    ]
    expect(lies.length).toBe(NUM_LIARS)
    const liars: TestRole[] = []
    for (const [i, lie] of lies.entries())
      liars.push(
        await openTestRole(stage, {
          kind: i === 0 ? 'submitter' : 'verifier',
          isDefender: true,
          workbench: new LyingWorkbench(lie),
        }),
      )
    const verifier = await openTestRole(stage, { kind: 'verifier' })
    const [server, ...others] = liars
    if (server === undefined) throw new Error('There is no liar.')
    // The lying server answers, the verifier opens the dispute, and all the others pile in.
    const actors = [server, verifier, ...others].map(({ role }) => role)
    const task = await playUntilSettled(stage, { taskId, actors })

    expect(task.resolved?.owner).toBe(verifier.role.account)
    const balance = await stage.connection.ask((client) => client.getBalance(verifier.account))
    expect(balance).toBeGreaterThanOrEqual(START_WEI)
    if (task.dispute === null || task.resolved === null) throw new Error('The task was not disputed.')
    const view = verifier.role.follower.gameView(task.dispute.tournamentId)
    const root = view.tournaments.get(view.rootId)
    // A root lie that is another's lie with another label would be refused: all claims differ.
    expect(root?.claimIds.length).toBe(NUM_LIARS + 1)
    // One match: both clocks at their cap, twice: at this level and inside the inner game, with its window.
    const { initialClock, allowance, rootWindow } = stage.deployment.parameters
    const cap = initialClock + allowance
    const innerSeconds = cap + 2 * (cap + allowance)
    const matchSeconds = 2 * cap + innerSeconds
    expect(task.resolved.time - task.dispute.time).toBeLessThanOrEqual(rootWindow + 4 * matchSeconds)
    for (const role of [...liars, verifier]) await role.close()
  })
})
