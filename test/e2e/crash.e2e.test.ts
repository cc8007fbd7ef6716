import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LyingWorkbench, activationFlip, weightFlip } from '@opml/node'
import type { Role } from '@opml/node'
import { connectChain, httpRpc } from 'opml/chain'
import type { ChainConnection } from 'opml/chain'
import { seededRandom } from 'opml/core'
import type { Bytes32, SeededRandom } from 'opml/core'
import { nextMoment } from '../../apps/cli/src/demo/schedule.ts'
import { START_WEI, advanceTo } from '../../apps/cli/src/demo/stage.ts'
import type { Stage, StageAccount } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { ask, openTestRole, openTestStage } from './testStage.ts'
import type { TestRole } from './testStage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openTestStage()
})

afterAll(async () => {
  await stage?.close()
})

/** A connection that is cut at its n-th request, before or after the request had its effect, and stays cut: a process that died. */
class MortalConnection {
  isDead = false
  private numLeft: number
  private readonly isAfterEffect: boolean

  constructor(p: { numRequests: number; isAfterEffect: boolean }) {
    this.numLeft = p.numRequests
    this.isAfterEffect = p.isAfterEffect
  }

  open(): Promise<ChainConnection> {
    const direct = httpRpc(stage.anvil.url)
    return connectChain({
      endpoint: 'mortal',
      environment: nodeEnvironment('silent'),
      send: async (request) => {
        if (this.isDead) throw new Error('dead')
        if (--this.numLeft > 0) return await direct(request)
        if (this.isAfterEffect) await direct(request)
        this.isDead = true
        throw new Error('died')
      },
    })
  }
}

/** The honest role, which dies at a random request and is opened again on its folder each time. */
class MortalRole {
  numDeaths = 0
  private current: { role: TestRole; connection: MortalConnection } | null = null
  private readonly p: { kind: 'submitter' | 'verifier'; owner: StageAccount; random: SeededRandom }

  constructor(p: { kind: 'submitter' | 'verifier'; owner: StageAccount; random: SeededRandom }) {
    this.p = p
  }

  /** One turn, or a part of one; true when something was sent or the role died. */
  async turn(): Promise<boolean> {
    const connection = this.current?.connection ?? this.newConnection()
    try {
      this.current ??= { connection, role: await this.open(connection) }
      const { numMined } = await this.current.role.role.turn()
      if (!connection.isDead) return numMined > 0
    } catch (error) {
      if (!connection.isDead) throw error
    }
    this.numDeaths++
    await this.close()
    return true
  }

  async close(): Promise<void> {
    await this.current?.role.close()
    this.current = null
  }

  private newConnection(): MortalConnection {
    const { random } = this.p
    // Opening takes three requests, a turn with one transaction about ten.
    return new MortalConnection({ numRequests: 4 + random.below(20), isAfterEffect: random.chance(1, 2) })
  }

  private async open(connection: MortalConnection): Promise<TestRole> {
    const { kind, owner } = this.p
    return await openTestRole(stage, { kind, connection: await connection.open(), as: owner })
  }
}

async function playToTheEnd(p: { taskId: Bytes32; opponent: Role; mortal: MortalRole }): Promise<void> {
  for (let round = 0; round < 1_000; round++) {
    const hasMoved = await p.mortal.turn()
    const { numMined } = await p.opponent.turn()
    if (hasMoved || numMined > 0) continue
    const task = p.opponent.follower.tasks.get(p.taskId)
    if (task?.status === 'final') return
    const next = task === undefined ? null : nextMoment(p.opponent, task, stage)
    if (next === null) throw new Error(`Nobody has anything to do, the task is ${task?.status}.`)
    await advanceTo(stage.connection, next)
  }
  throw new Error('A thousand rounds were not enough.')
}

describe('crash at any request', () => {
  test.each([1, 2, 3, 4])(
    'story: a verifier that dies at random requests convicts the liar (seed %i)',
    async (seed) => {
      const owner = await stage.newAccount()
      const taskId = await ask(stage)
      const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(activationFlip()) })
      const mortal = new MortalRole({ kind: 'verifier', owner, random: seededRandom(seed) })
      await playToTheEnd({ taskId, opponent: liar.role, mortal })
      const task = liar.role.follower.tasks.get(taskId)
      expect(task?.resolved?.owner).toBe(owner.account.address.toLowerCase())
      expect(mortal.numDeaths).toBeGreaterThan(3)
      const balance = await stage.connection.ask((client) => client.getBalance(owner.account))
      expect(balance).toBeGreaterThanOrEqual(START_WEI)
      await mortal.close()
      await liar.close()
    },
  )

  test.each([5, 6])('story: a server that dies at random requests answers once and is paid (seed %i)', async (seed) => {
    const owner = await stage.newAccount()
    const taskId = await ask(stage)
    const liar = await openTestRole(stage, { kind: 'verifier', workbench: new LyingWorkbench(weightFlip()) })
    const mortal = new MortalRole({ kind: 'submitter', owner, random: seededRandom(seed) })
    await playToTheEnd({ taskId, opponent: liar.role, mortal })
    const task = liar.role.follower.tasks.get(taskId)
    expect(task?.resolved?.result).toBe(task?.posted?.result)
    expect(mortal.numDeaths).toBeGreaterThan(3)
    const balance = await stage.connection.ask((client) => client.getBalance(owner.account))
    expect(balance).toBeGreaterThanOrEqual(START_WEI)
    await mortal.close()
    await liar.close()
  })
})
