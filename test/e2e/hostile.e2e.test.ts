import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ComputingWorkbench,
  InvariantBrokenError,
  LyingWorkbench,
  NodeStore,
  activationFlip,
  runRole,
} from '@opml/node'
import type { Answer, KnownModel, Workbench } from '@opml/node'
import type { TaskView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import type { TraceProvider } from 'opml/dispute'
import { playUntilSettled } from '../../apps/cli/src/demo/schedule.ts'
import { advanceTo } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { ask, openTestRole, openTestStage, taskOf } from './testStage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openTestStage()
})

afterAll(async () => {
  await stage?.close()
})

describe('hostile tasks', () => {
  test('story: root-only, underpaid and urgent tasks are left alone, the good one between them is answered', async () => {
    const elsewhere = await ask(stage, { inputRoot: `0x${'77'.repeat(32)}` })
    const underpaid = await ask(stage, { feeWei: 1n })
    const good = await ask(stage)
    const urgent = await ask(stage, { deadlineSeconds: 30 })
    const server = await openTestRole(stage, { kind: 'submitter' })
    expect((await server.role.turn()).numMined).toBe(1)
    await server.role.turn()
    const statuses = [elsewhere, underpaid, good, urgent].map((id) => taskOf(server.role, id).status)
    expect(statuses).toEqual(['requested', 'requested', 'submitted', 'requested'])
    await server.close()
  })

  test('story: an input that the program refuses gets the answer FAILED, and the verifier agrees', async () => {
    const taskId = await ask(stage, { input: Uint8Array.of(1, 2, 3) })
    const server = await openTestRole(stage, { kind: 'submitter' })
    const verifier = await openTestRole(stage, { kind: 'verifier' })
    const task = await playUntilSettled(stage, { taskId, actors: [server.role, verifier.role] })
    expect({ failed: task.posted?.failed, disputed: task.dispute !== null }).toEqual({ failed: true, disputed: false })
    await server.close()
    await verifier.close()
  })

  test('story: a workbench that fails on one task does not stop the others', async () => {
    class Fragile extends ComputingWorkbench {
      override async answer(model: KnownModel, task: TaskView): Promise<Answer> {
        if (task.taskId === poisoned) throw new TypeError('Cannot read properties of undefined')
        return await super.answer(model, task)
      }
    }
    const poisoned = await ask(stage)
    const good = await ask(stage)
    const server = await openTestRole(stage, { kind: 'submitter', workbench: new Fragile() })
    await server.role.turn()
    await server.role.turn()
    expect([poisoned, good].map((id) => taskOf(server.role, id).status)).toEqual(['requested', 'submitted'])
    await server.close()
  })
})

/** Says one thing at first and another later: a machine with bad memory, or a replaced model file. */
class ForgetfulWorkbench implements Workbench {
  private readonly honest = new ComputingWorkbench()
  private readonly liar = new LyingWorkbench(activationFlip())

  answer(model: KnownModel, task: TaskView): Promise<Answer> {
    return this.liar.answer(model, task)
  }

  trace(model: KnownModel, task: TaskView): Promise<TraceProvider> {
    return this.honest.trace(model, task)
  }

  forget(taskId: Bytes32): void {
    this.honest.forget(taskId)
    this.liar.forget(taskId)
  }

  close(): void {
    this.honest.close()
    this.liar.close()
  }
}

describe('invariants', () => {
  test('error: a recomputation that differs from the own answer stops the loop before anything is signed', async () => {
    const taskId = await ask(stage)
    const server = await openTestRole(stage, { kind: 'submitter' })
    await server.role.turn()
    const verifier = await openTestRole(stage, { kind: 'verifier', workbench: new ForgetfulWorkbench() })
    const environment = nodeEnvironment('silent')
    const signal = new AbortController().signal
    const loop = runRole(verifier.role, { environment, pollMs: 10, errorDelayMs: 10, signal })
    await expect(loop).rejects.toBeInstanceOf(InvariantBrokenError)
    const count = await stage.connection.ask((client) => client.getTransactionCount(verifier.account))
    expect(count).toBe(0)
    await server.role.follower.sync()
    expect(taskOf(server.role, taskId).status).toBe('submitted')
    await server.close()
    await verifier.close()
  })

  test('error: a folder belongs to one chain, market, role and account', async () => {
    const folder = `${stage.folder}/owned`
    const owner = {
      chainId: 31_337,
      market: stage.deployment.market,
      role: 'verifier',
      account: stage.deployment.registry,
    }
    await (await NodeStore.open(folder, owner)).close()
    await expect(NodeStore.open(folder, { ...owner, role: 'submitter' })).rejects.toMatchObject({
      code: 'NODE_FOREIGN_FOLDER',
    })
    await expect(NodeStore.open(folder, { ...owner, chainId: 1 })).rejects.toMatchObject({
      code: 'NODE_FOREIGN_FOLDER',
    })
  })
})

describe('bystanders', () => {
  test('story: a verifier with --defend saves the right result of a server that is gone', async () => {
    const taskId = await ask(stage)
    const server = await openTestRole(stage, { kind: 'submitter' })
    await server.role.turn()
    await server.close()
    const liar = await openTestRole(stage, { kind: 'verifier', workbench: new LyingWorkbench(activationFlip()) })
    const defender = await openTestRole(stage, { kind: 'verifier', isDefender: true })
    const actors = [liar.role, defender.role]
    for (;;) {
      const reports = []
      for (const actor of actors) reports.push(await actor.turn())
      if (reports.some((report) => report.numMined > 0)) continue
      const task = taskOf(defender.role, taskId)
      if (task.status === 'final') break
      const view = task.dispute === null ? null : defender.role.follower.gameView(task.dispute.tournamentId)
      const moments = [...(view?.tournaments.values() ?? [])].filter((t) => !t.finished).map((t) => t.windowEnd)
      const next = Math.min(...moments.filter((moment) => moment > defender.role.follower.now))
      await advanceTo(stage.connection, Number.isFinite(next) ? next : defender.role.follower.now + 86_400)
    }
    const task = taskOf(defender.role, taskId)
    expect(task.resolved?.result).toBe(task.posted?.result)
    await liar.close()
    await defender.close()
  })
})
