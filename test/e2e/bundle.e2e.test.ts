import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyFile } from '@opml/node'
import { DEPLOYMENT_PARAMETERS, deploymentToJson } from 'opml/chain'
import { stopProcess } from '../../apps/cli/src/anvil.ts'
import { modelsFolder, shippedDigitFile, shippedModelFile } from '../../apps/cli/src/demo/demoFiles.ts'
import { lenetSubject } from '../../apps/cli/src/demo/programScenarios.ts'
import { openStage } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { PROGRAM, errorOf, runCli } from './runCli.ts'

const LENET = join(modelsFolder(), 'mnist-lenet-5.onnx')

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

  test.each([
    [['dispute', 'lenet.opml', '--fault', 'block:99'], 1, 'NODE_FAULT_NOT_FOUND', 'No node 99 was found.'],
    [['dispute', 'lenet.opml', '--profile', 'x'], 2, 'CLI_USAGE', 'Allowed choices are production, local'],
    [['estimate', 'deployment.json'], 1, 'NODE_MODEL_FILE', 'neither the folder of a bundle nor an ELF file'],
    [['estimate', 'missing'], 1, 'NODE_FILE_ACCESS', 'The file missing'],
    [['estimate', 'lenet.opml', '--input', 'nope=x'], 2, 'CLI_USAGE', "a name of the model's: image"],
    [['estimate', 'lenet.opml', '--input', 'image=deployment.json'], 1, 'CLI_INPUT', 'takes 3136 bytes'],
    [['watch', '0x12'], 2, 'CLI_USAGE', 'not a task id'],
    [
      ['serve', 'lenet.opml', '--key', 'user.key', '--store', 'ftp://x'],
      2,
      'NODE_STORE_ADDRESS',
      'is neither a folder',
    ],
    [['serve'], 2, 'CLI_USAGE', "missing required argument 'models'"],
    [['fetch', '0x12', '--out', 'x'], 2, 'CLI_USAGE', 'not 0x and 64 hexadecimal digits'],
  ] as const)('error: opml %s', async (args, exitCode, code, message) => {
    const result = await runCli([...args, '--json'], cwd)
    expect([result.exitCode, errorOf(result).code, result.stdout]).toEqual([exitCode, code, ''])
    expect(errorOf(result).message).toContain(message)
  })

  test.each([
    ['null', 1, 'gave no answer to "read" that can be read: Cannot convert null to a BigInt'],
    ['"0x1"', 1, 'serves chain 1, but the deployment is on chain 31337'],
    ['no JSON', 3, 'did not answer "eth_chainId" in 4 attempts'],
  ])('error: an endpoint that answers everything with %s', async (result, exitCode, message) => {
    const server = createServer((_, response) => response.end(`{"jsonrpc":"2.0","id":1,"result":${result}}`))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const rpc = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const args = ['status', '--rpc', rpc, '--deployment', 'deployment.json', '--json', '--log-level', 'silent']
      const status = await runCli(args, cwd)
      expect([status.exitCode, status.stdout]).toEqual([exitCode, ''])
      expect(errorOf(status).message).toContain(message)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test('default: estimate and a dispute with a fault, as scripts see them', async () => {
    const estimate = await runCli(['estimate', 'lenet.opml', '--json'], cwd)
    expect(JSON.parse(estimate.stdout)).toMatchObject({ dispute: { moves: 9, transactions: 21 } })
    const dispute = await runCli(['dispute', 'lenet.opml', '--fault', 'block:2:5@10%', '--json'], cwd)
    const report = JSON.parse(dispute.stdout) as { located: { machineSteps: number } }
    expect(report).toMatchObject({
      honestResultWon: true,
      located: { node: 2, operator: 'Conv', name: 'conv2.relu', block: 5 },
      decidedBy: { level: 'instruction', step: Math.floor(report.located.machineSteps / 10) },
    })
  })

  test('story: a bundle whose result is a head: imported, run, registered, asked, answered and disputed at the head', async () => {
    const imported = await runCli(
      ['import', LENET, '--dim', 'batch=1', '--head', 'logits=argmax', '--out', 'digit.opml', '--json'],
      cwd,
    )
    expect(JSON.parse(imported.stdout)).toMatchObject({
      outputs: [{ name: 'logits.argmax', dtype: 'i64', shape: [1] }],
    })
    const { numNodes } = JSON.parse(imported.stdout) as { numNodes: number }
    const run = await runCli(['run', 'digit.opml', '--input', 'image=image.raw', '--check', '--json'], cwd)
    expect(JSON.parse(run.stdout)).toMatchObject({
      outputs: [{ name: 'logits.argmax', values: [7] }],
      isReferenceEqual: true,
    })
    const registered = await opml('register', 'digit.opml', '--key', 'user.key', '--publish', '--store', 'bundles')
    const { modelId } = JSON.parse(registered.stdout) as { modelId: string }
    const request = ['request', '--model', 'digit.opml', '--input', 'image=image.raw', '--key', 'user.key']
    const { taskId } = JSON.parse((await opml(...request)).stdout) as { taskId: string }
    const args = ['serve', 'digit.opml', ...chain, '--key', 'server.key', '--folder', 'digits', '--poll', '50']
    const server = spawn(process.execPath, [PROGRAM, ...args], { cwd, stdio: 'ignore' })
    try {
      await waitFor(taskId, 'submitted')
    } finally {
      await stopProcess(server)
    }
    const { stdout } = await opml('status', taskId, '--model', 'digit.opml')
    expect(JSON.parse(stdout)).toMatchObject({ outputs: [{ name: 'logits.argmax', values: [7] }] })
    // The same by the model's id, which the chain tells.
    const byId = ['--model', modelId, '--cache', 'cached', '--store']
    const nowhere = await opml('watch', taskId, '--once', ...byId, 'nothing')
    expect([nowhere.exitCode, errorOf(nowhere).code]).toEqual([3, 'NODE_CONTENT_MISSING'])
    expect((await opml('status', taskId, ...byId, 'bundles')).stdout).toBe(stdout)
    const watched = await opml('watch', taskId, '--once', ...byId, 'nothing')
    expect([watched.exitCode, JSON.parse(watched.stdout)]).toEqual([
      0,
      expect.objectContaining({ status: 'submitted' }),
    ])
    const dispute = await runCli(['dispute', 'digit.opml', '--fault', `block:${numNodes - 1}`, '--json'], cwd)
    expect(JSON.parse(dispute.stdout)).toMatchObject({
      honestResultWon: true,
      located: {
        node: numNodes - 1,
        operator: 'ArgReduce',
        name: 'head logits=argmax',
        output: 'logits.argmax',
        block: 0,
      },
      decidedBy: { level: 'instruction' },
    })
  })
})
