import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LyingWorkbench, activationFlip, weightFlip } from '@opml/node'
import { seededRandom } from 'opml/core'
import type { SeededRandom } from 'opml/core'
import { stopProcess } from '../../apps/cli/src/anvil.ts'
import { writeProcessFiles } from '../../apps/cli/src/demo/roleProcess.ts'
import type { ProcessFiles } from '../../apps/cli/src/demo/roleProcess.ts'
import { START_WEI } from '../../apps/cli/src/demo/stage.ts'
import type { Stage, StageAccount } from '../../apps/cli/src/demo/stage.ts'
import { playAgainstProcess } from './playAgainstProcess.ts'
import { PROGRAM } from './runCli.ts'
import { ask, openTestRole, openTestStage } from './testStage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openTestStage()
})

afterAll(async () => {
  await stage?.close()
})

/** A process that is killed by SIGKILL again and again, at random moments, and started again each time. */
class MortalProcess {
  numKills = 0
  private child: ChildProcess
  private timer: NodeJS.Timeout | undefined
  private isStopping = false
  private readonly p: { command: 'serve' | 'verify'; files: ProcessFiles; maxKills: number; random: SeededRandom }

  constructor(p: { command: 'serve' | 'verify'; files: ProcessFiles; maxKills: number; random: SeededRandom }) {
    this.p = p
    this.child = this.start()
  }

  async stop(): Promise<void> {
    this.isStopping = true
    clearTimeout(this.timer)
    await stopProcess(this.child)
  }

  private start(): ChildProcess {
    const { command, files, random, maxKills } = this.p
    const args = [PROGRAM, command, files.modelFile, '--rpc', stage.anvil.url, '--deployment', files.deploymentFile]
    args.push('--key', files.keyFile, '--folder', files.folder, '--poll', '20', '--min-withdraw', '1wei')
    args.push('--log-level', 'error', ...(command === 'verify' ? ['--defend'] : []))
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    // The first line says that it works; from then on every moment is as good as another to die.
    child.stdout.once('data', () => {
      if (this.numKills >= maxKills) return
      this.timer = setTimeout(() => child.kill('SIGKILL'), random.below(700))
    })
    child.stdout.resume()
    child.once('exit', (code, signal) => {
      if (this.isStopping) return
      if (signal !== 'SIGKILL') throw new Error(`The ${command} process ended by itself (${code}).`)
      this.numKills++
      this.child = this.start()
    })
    return child
  }
}

async function balanceOf({ account }: StageAccount): Promise<bigint> {
  return await stage.connection.ask((client) => client.getBalance({ address: account.address }))
}

describe('kill -9', () => {
  test('story: a verifier killed four times at random moments convicts the lying server', async () => {
    const seed = 7
    console.log(`seed ${seed}`)
    const owner = await stage.newAccount()
    const files = await writeProcessFiles(stage, owner.privateKey)
    const taskId = await ask(stage)
    const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(activationFlip()) })
    const verifier = new MortalProcess({ command: 'verify', files, maxKills: 4, random: seededRandom(seed) })
    try {
      const task = await playAgainstProcess(stage, { taskId, opponent: liar.role, owner, kind: 'verifier' })
      expect(task.resolved?.owner).toBe(owner.account.address.toLowerCase())
      expect(verifier.numKills).toBeGreaterThan(0)
      expect(await balanceOf(owner)).toBeGreaterThanOrEqual(START_WEI)
    } finally {
      await verifier.stop()
      await liar.close()
    }
  })

  test('story: a server killed four times at random moments answers, defends and is paid', async () => {
    const seed = 11
    console.log(`seed ${seed}`)
    const owner = await stage.newAccount()
    const files = await writeProcessFiles(stage, owner.privateKey)
    const taskId = await ask(stage)
    const liar = await openTestRole(stage, { kind: 'verifier', workbench: new LyingWorkbench(weightFlip()) })
    const server = new MortalProcess({ command: 'serve', files, maxKills: 4, random: seededRandom(seed) })
    try {
      const task = await playAgainstProcess(stage, { taskId, opponent: liar.role, owner, kind: 'submitter' })
      expect(task.posted?.submitter).toBe(owner.account.address.toLowerCase())
      expect(task.resolved?.result).toBe(task.posted?.result)
      expect(server.numKills).toBeGreaterThan(0)
      expect(await balanceOf(owner)).toBeGreaterThanOrEqual(START_WEI)
    } finally {
      await server.stop()
      await liar.close()
    }
  })
})
