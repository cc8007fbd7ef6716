import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LyingWorkbench, activationFlip, weightFlip } from '@opml/node'
import { readCredits } from 'opml/chain'
import { stopProcess } from '../../apps/cli/src/anvil.ts'
import { writeProcessFiles } from '../../apps/cli/src/demo/roleProcess.ts'
import { playUntilSettled } from '../../apps/cli/src/demo/schedule.ts'
import { START_WEI } from '../../apps/cli/src/demo/stage.ts'
import type { Stage, StageAccount } from '../../apps/cli/src/demo/stage.ts'
import { Copier } from './copier.ts'
import { playAgainstProcess } from './playAgainstProcess.ts'
import { PROGRAM } from './runCli.ts'
import { ask, openTestRole, openTestStage, taskOf } from './testStage.ts'

let stage: Stage
let copierOwner: StageAccount
let copier: Copier

beforeAll(async () => {
  stage = await openTestStage()
})

beforeEach(async () => {
  copierOwner = await stage.newAccount()
})

afterEach(async () => {
  await copier.stop()
})

afterAll(async () => {
  await stage?.close()
})

/** Balance and credits, against the start. */
async function gainWei({ account }: StageAccount): Promise<bigint> {
  const balance = await stage.connection.ask((client) => client.getBalance(account))
  const { deployment } = stage
  const { marketWei, tournamentWei } = await readCredits(stage.connection, { deployment, account: account.address })
  return balance + marketWei + tournamentWei - START_WEI
}

describe('copied joins', () => {
  test('story: copiesTheChallenge: the verifier had committed, takes its claim back and is paid', async () => {
    const taskId = await ask(stage)
    const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(activationFlip()) })
    const verifier = await openTestRole(stage, { kind: 'verifier' })
    copier = new Copier({ stage, owner: copierOwner, victim: verifier.account.address })
    await liar.role.turn()
    await copier.start()
    const task = await playUntilSettled(stage, { taskId, actors: [verifier.role, liar.role] })
    await copier.stop()
    expect(copier.copied).toEqual(['challenge'])
    expect(task.dispute?.challenger).toBe(copierOwner.account.address.toLowerCase())
    expect(task.resolved?.owner).toBe(verifier.role.account)
    // Half an ether of submit bond, and more; the copier gains nothing.
    expect(await gainWei(verifier)).toBeGreaterThan(stage.deployment.parameters.submitBondWei)
    expect(await gainWei(copierOwner)).toBeLessThanOrEqual(0n)
    for (const role of [liar, verifier]) await role.close()
  })

  test('story: copiesTheChallenge: without a commitment the copier wins the reward, the verifier loses a transaction', async () => {
    const taskId = await ask(stage)
    const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(activationFlip()) })
    const verifier = await openTestRole(stage, { kind: 'verifier', commit: 'never' })
    copier = new Copier({ stage, owner: copierOwner, victim: verifier.account.address })
    await liar.role.turn()
    await copier.start()
    // Only the winner gains by fixing the result, and the copier does nothing but copy.
    const actors = [verifier.role, liar.role]
    await expect(playUntilSettled(stage, { taskId, actors })).rejects.toMatchObject({
      code: 'CLI_SCENARIO_STUCK_INVARIANT',
    })
    await copier.stop()
    const view = verifier.role.follower.gameView(taskOf(verifier.role, taskId).dispute?.tournamentId ?? taskId)
    const winner = [...view.claims.values()].find(
      (claim) => claim.status === 'won' && claim.tournamentId === view.rootId,
    )
    expect(winner?.owner).toBe(copierOwner.account.address.toLowerCase())
    // All that it played was refunded; the challenge that came too late was not.
    const gain = await gainWei(verifier)
    expect(gain).toBeLessThan(0n)
    expect(gain).toBeGreaterThan(-(10n ** 16n))
    for (const role of [liar, verifier]) await role.close()
  })

  test('story: copiesTheJoin: the server defends a right answer against a liar and keeps the pot', async () => {
    const taskId = await ask(stage)
    const server = await openTestRole(stage, { kind: 'submitter' })
    const liar = await openTestRole(stage, { kind: 'verifier', workbench: new LyingWorkbench(weightFlip()) })
    copier = new Copier({ stage, owner: copierOwner, victim: server.account.address })
    await server.role.turn()
    await copier.start()
    const task = await playUntilSettled(stage, { taskId, actors: [liar.role, server.role] })
    await copier.stop()
    expect(copier.copied).toEqual(['joinRoot'])
    expect(task.resolved?.result).toBe(task.posted?.result)
    // More than the fee of 0.01 ether: the pot of 0.3 ether and more is the server's.
    expect(await gainWei(server)).toBeGreaterThan(3n * 10n ** 17n)
    expect(await gainWei(copierOwner)).toBeLessThanOrEqual(0n)
    for (const role of [liar, server]) await role.close()
  })
})

/** `opml verify` as a process, killed by SIGKILL the first time that a call of each of `kinds` waits in the pool. */
class KilledVerifier {
  readonly killedAt: string[] = []
  private child: ChildProcess
  private readonly args: readonly string[]
  private readonly kinds: readonly string[]

  constructor(p: { args: readonly string[]; kinds: readonly string[] }) {
    this.args = p.args
    this.kinds = p.kinds
    this.child = this.start()
  }

  /** Kills the process where its time has come, and starts another. */
  async kill(calls: readonly string[]): Promise<void> {
    const kind = this.kinds.find((name) => calls.includes(name) && !this.killedAt.includes(name))
    if (kind === undefined) return
    this.killedAt.push(kind)
    const ended = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await ended
    this.child = this.start()
  }

  async stop(): Promise<void> {
    await stopProcess(this.child)
  }

  private start(): ChildProcess {
    return spawn(process.execPath, [PROGRAM, 'verify', ...this.args], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

describe('kill -9', () => {
  test('story: killed between commitment and join, and between the copy and taking it back, the verifier is paid', async () => {
    const owner = await stage.newAccount()
    const files = await writeProcessFiles(stage, owner.privateKey)
    const taskId = await ask(stage)
    const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(activationFlip()) })
    await liar.role.turn()
    copier = new Copier({ stage, owner: copierOwner, victim: owner.account.address })
    await copier.start()
    const args = [
      files.modelFile,
      '--rpc',
      stage.anvil.url,
      '--deployment',
      files.deploymentFile,
      '--key',
      files.keyFile,
    ]
    args.push('--folder', files.folder, '--poll', '20', '--min-withdraw', '1wei', '--commit', 'always')
    args.push('--log-level', 'error')
    const verifier = new KilledVerifier({ args, kinds: ['commit', 'challenge'] })
    copier.beforeMining = (calls) => verifier.kill(calls)
    try {
      const task = await playAgainstProcess(stage, { taskId, opponent: liar.role, owner, kind: 'verifier' })
      expect(verifier.killedAt).toEqual(['commit', 'challenge'])
      expect(copier.copied).toEqual(['challenge'])
      expect(task.dispute?.challenger).toBe(copierOwner.account.address.toLowerCase())
      expect(task.resolved?.owner).toBe(owner.account.address.toLowerCase())
      expect(await gainWei(owner)).toBeGreaterThan(stage.deployment.parameters.submitBondWei)
    } finally {
      await verifier.stop()
      await liar.close()
    }
  })
})
