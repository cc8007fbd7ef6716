import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyFile } from '@opml/node'
import { DEPLOYMENT_PARAMETERS, deploymentToJson } from 'opml/chain'
import { stopProcess } from '../../apps/cli/src/anvil.ts'
import { shippedDigitFile, shippedModelFile } from '../../apps/cli/src/demo/demoFiles.ts'
import { lenetSubject } from '../../apps/cli/src/demo/programScenarios.ts'
import { openStage } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { PROGRAM, errorOf, runCli } from './runCli.ts'

let stage: Stage
let cwd: string
let chain: readonly string[]

beforeAll(async () => {
  stage = await openStage({
    environment: nodeEnvironment('error'),
    parameters: { ...DEPLOYMENT_PARAMETERS.local },
    modelFile: shippedModelFile('int8'),
    inputFile: shippedDigitFile(7),
  })
  cwd = await mkdtemp(join(tmpdir(), 'opml-bundle-'))
  await writeFile(join(cwd, 'deployment.json'), JSON.stringify(deploymentToJson(stage.deployment)))
  for (const name of ['user', 'server', 'friend'])
    await createKeyFile(join(cwd, `${name}.key`), (await stage.newAccount()).privateKey)
  const { input } = await lenetSubject(cwd, 7)
  await writeFile(join(cwd, 'image.raw'), input)
  chain = ['--rpc', stage.anvil.url, '--deployment', 'deployment.json']
})

afterAll(async () => {
  await stage?.close()
  await rm(cwd, { recursive: true, force: true })
})

const opml = (...args: string[]) => runCli([...args, ...chain, '--json', '--log-level', 'silent'], cwd)

async function statusOf(
  taskId: string,
): Promise<{ task: { status: string }; outputs?: { name: string; values: number[] }[] }> {
  return JSON.parse((await opml('status', taskId, '--model', 'lenet.opml')).stdout) as never
}

async function waitFor(taskId: string, status: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if ((await statusOf(taskId)).task.status === status) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`Task ${taskId} did not become ${status}.`)
}

describe('a bundle as its users see it', () => {
  test.each([
    ['on the chain', []],
    ['by its root', ['--by-root']],
  ])('story: registered, asked with an input %s, answered; outputs are shown as tensors', async (_, flags) => {
    expect((await opml('register', 'lenet.opml', '--key', 'user.key')).exitCode).toBe(0)
    const asked = await opml(
      'request',
      '--model',
      'lenet.opml',
      '--input',
      'image=image.raw',
      '--key',
      'user.key',
      ...flags,
    )
    expect([asked.exitCode, asked.stderr]).toEqual([0, ''])
    const { taskId } = JSON.parse(asked.stdout) as { taskId: string }
    const args = ['serve', 'lenet.opml', ...chain, '--key', 'server.key', '--folder', 'server', '--poll', '50']
    const server = spawn(process.execPath, [PROGRAM, ...args], { cwd, stdio: 'ignore' })
    try {
      await waitFor(taskId, 'submitted')
    } finally {
      await stopProcess(server)
    }
    const { outputs } = await statusOf(taskId)
    const [logits] = outputs ?? []
    expect(logits?.name).toBe('logits')
    expect(logits?.values.indexOf(Math.max(...(logits?.values ?? [])))).toBe(7)
    const watched = await opml('watch', taskId, '--once')
    expect(JSON.parse(watched.stdout)).toMatchObject({ event: 'status', status: 'submitted' })
  })

  test('error: a bundle that nobody registered, an input that is missing, a task that does not exist', async () => {
    const unknown = await opml('defend', `0x${'ab'.repeat(32)}`, '--model', 'lenet.opml', '--key', 'friend.key')
    expect([unknown.exitCode, errorOf(unknown).code]).toEqual([2, 'CLI_USAGE'])
    const missing = await opml('request', '--model', 'lenet.opml', '--key', 'user.key')
    expect([missing.exitCode, errorOf(missing).code]).toEqual([1, 'CLI_INPUT'])
    const fault = await runCli(['dispute', 'lenet.opml', '--fault', 'nonsense', '--json'], cwd)
    expect([fault.exitCode, errorOf(fault).code]).toEqual([2, 'NODE_FAULT_SPEC'])
  })

  test('default: estimate and a dispute with a fault, as scripts see them', async () => {
    const estimate = await runCli(['estimate', 'lenet.opml', '--json'], cwd)
    expect(JSON.parse(estimate.stdout)).toMatchObject({ dispute: { moves: 9, transactions: 21 } })
    const dispute = await runCli(['dispute', 'lenet.opml', '--fault', 'block:2:5@10%', '--json'], cwd)
    const report = JSON.parse(dispute.stdout) as { located: { machineSteps: number } }
    expect(report).toMatchObject({
      honestResultWon: true,
      located: { node: 2, operator: 'Conv', block: 5 },
      decidedBy: { level: 'instruction', step: Math.floor(report.located.machineSteps / 10) },
    })
  })
})
