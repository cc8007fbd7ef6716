import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyFile } from '@opml/node'
import { DEPLOYMENT_PARAMETERS, deploymentToJson } from 'opml/chain'
import { shippedDigitFile, shippedModelFile } from '../../apps/cli/src/demo/demoFiles.ts'
import { openStage } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { PROGRAM, errorOf, runCli } from './runCli.ts'

/** Nothing listens there: port 1 is reserved. */
const DEAD_RPC = 'http://127.0.0.1:1'
const EMPTY_KEY = `0x${'1'.repeat(64)}`
const MODEL = shippedModelFile('int8')

let stage: Stage
let cwd: string

beforeAll(async () => {
  stage = await openStage({
    environment: nodeEnvironment('error'),
    parameters: DEPLOYMENT_PARAMETERS.local,
    modelFile: MODEL,
    inputFile: shippedDigitFile(7),
  })
  cwd = await mkdtemp(join(tmpdir(), 'opml-cli-'))
  const deployment = deploymentToJson(stage.deployment)
  await writeFile(join(cwd, 'deployment.json'), JSON.stringify(deployment))
  await writeFile(join(cwd, 'otherChain.json'), JSON.stringify({ ...deployment, chainId: 1 }))
  await writeFile(join(cwd, 'noContract.json'), JSON.stringify({ ...deployment, market: `0x${'5'.repeat(40)}` }))
  await writeFile(
    join(cwd, 'otherTerms.json'),
    JSON.stringify({ ...deployment, parameters: { ...(deployment['parameters'] as object), challengeWindow: 601 } }),
  )
  await writeFile(join(cwd, 'broken.json'), '{"chainId": 31337')
  await createKeyFile(join(cwd, 'key'), (await stage.newAccount()).privateKey)
  await createKeyFile(join(cwd, 'server.key'), (await stage.newAccount()).privateKey)
  await createKeyFile(join(cwd, 'empty.key'), EMPTY_KEY)
  await createKeyFile(join(cwd, 'open.key'), EMPTY_KEY)
  await chmod(join(cwd, 'open.key'), 0o644)
  await writeFile(join(cwd, 'bad.key'), 'secret words\n', { mode: 0o600 })
})

afterAll(async () => {
  await stage?.close()
  await rm(cwd, { recursive: true, force: true })
})

function opml(...args: string[]) {
  return runCli([...args, '--json', '--log-level', 'silent'], cwd)
}

function chainArgs(p: { rpc?: string; deployment?: string } = {}): string[] {
  return ['--rpc', p.rpc ?? stage.anvil.url, '--deployment', p.deployment ?? 'deployment.json']
}

describe('start', () => {
  test.each([
    ['unreachable RPC', ['status', '--rpc', DEAD_RPC, '--deployment', 'deployment.json'], 3, 'CHAIN_UNREACHABLE'],
    ['no deployment file', ['status', '--deployment', 'nowhere.json'], 1, 'NODE_FILE_ACCESS'],
    ['broken deployment file', ['status', '--deployment', 'broken.json'], 1, 'CHAIN_DEPLOYMENT_FORMAT'],
  ] as const)('error: %s', async (_, args, exitCode, code) => {
    const result = await opml(...args)
    expect({ exitCode: result.exitCode, code: errorOf(result).code }).toEqual({ exitCode, code })
    expect(errorOf(result).suggestion).not.toBe('')
    expect(result.stdout).toBe('')
  })

  test.each([
    ['wrong chain id', 'otherChain.json', 'CHAIN_WRONG_ID'],
    ['missing contract', 'noContract.json', 'CHAIN_MISSING_CONTRACT'],
    ['other parameters than deployed', 'otherTerms.json', 'CHAIN_DEPLOYMENT_MISMATCH'],
  ])('error: %s', async (_, deployment, code) => {
    const result = await opml('status', ...chainArgs({ deployment }))
    expect({ exitCode: result.exitCode, code: errorOf(result).code }).toEqual({ exitCode: 1, code })
  })

  test.each(['serve', 'verify'])(
    'error: %s refuses to start on a dead node, another chain or a missing contract',
    async (role) => {
      for (const [args, exitCode, code] of [
        [chainArgs({ rpc: DEAD_RPC }), 3, 'CHAIN_UNREACHABLE'],
        [chainArgs({ rpc: 'nonsense' }), 2, 'CLI_USAGE'],
        [chainArgs({ deployment: 'otherChain.json' }), 1, 'CHAIN_WRONG_ID'],
        [chainArgs({ deployment: 'noContract.json' }), 1, 'CHAIN_MISSING_CONTRACT'],
        [chainArgs({ deployment: 'otherTerms.json' }), 1, 'CHAIN_DEPLOYMENT_MISMATCH'],
      ] as const) {
        const folder = `${role}-refused`
        const result = await opml(role, MODEL, ...args, '--key', 'key', '--folder', folder)
        expect({ exitCode: result.exitCode, code: errorOf(result).code }).toEqual({ exitCode, code })
        expect(errorOf(result).suggestion).not.toBe('')
        expect(result.stdout).toBe('')
        // Nothing half-written.
        await expect(stat(join(cwd, folder))).rejects.toMatchObject({ code: 'ENOENT' })
      }
    },
  )

  test('error: a password in the URL of a dead node is not repeated', async () => {
    for (const command of [['status'], ['serve', MODEL, '--key', 'key']]) {
      const result = await opml(...command, ...chainArgs({ rpc: 'http://user:hunter2@127.0.0.1:1/?key=hunter3' }))
      expect(result.exitCode).toBe(3)
      expect(result.stderr).not.toMatch(/hunter/)
    }
  })

  test.each([
    ['empty wallet', 'empty.key', 'CHAIN_INSUFFICIENT_FUNDS'],
    ['missing key file', 'nowhere.key', 'NODE_KEY_FILE'],
    ['key file that others can read', 'open.key', 'NODE_KEY_FILE'],
    ['file that holds no key', 'bad.key', 'NODE_KEY_FILE'],
  ])('error: %s', async (_, key, code) => {
    for (const command of [
      ['serve', MODEL],
      ['verify', MODEL],
      ['register', MODEL],
      ['request', '--model', MODEL, '--input', '0x00'],
    ]) {
      const result = await opml(...command, ...chainArgs(), '--key', key)
      expect({ exitCode: result.exitCode, code: errorOf(result).code }).toEqual({ exitCode: 1, code })
      expect(result.stderr).not.toContain('secret')
    }
  })

  test('error: a model that nobody registered', async () => {
    const heights = ['--coarse-height', '11']
    const result = await opml('serve', MODEL, ...chainArgs(), '--key', 'key', ...heights)
    expect({ exitCode: result.exitCode, code: errorOf(result).code }).toEqual({
      exitCode: 1,
      code: 'NODE_MODEL_NOT_REGISTERED',
    })
  })

  test('error: a file that is no program', async () => {
    const result = await opml('register', 'deployment.json', ...chainArgs(), '--key', 'key')
    expect(result.exitCode).toBe(1)
    expect(errorOf(result).code).toBe('NODE_MODEL_FILE')
  })

  test('usage: unknown option, wrong amount, unknown command give 2', async () => {
    expect((await opml('status', '--frobnicate')).exitCode).toBe(2)
    expect((await opml('request', '--model', MODEL, '--input', '0x00', '--fee', '1')).exitCode).toBe(2)
    expect((await opml('frobnicate')).exitCode).toBe(2)
  })
})

describe('folder', () => {
  test('error: a second process, then another account, in the same folder', async () => {
    const args = [...chainArgs(), '--folder', 'server', '--log-level', 'silent']
    const first = spawn(process.execPath, [PROGRAM, 'serve', MODEL, ...args, '--key', 'server.key'], { cwd })
    try {
      await new Promise((resolve) => first.stdout.once('data', resolve))
      const second = await opml('serve', MODEL, ...args, '--key', 'server.key')
      expect({ exitCode: second.exitCode, code: errorOf(second).code }).toEqual({
        exitCode: 1,
        code: 'NODE_FOLDER_LOCKED',
      })
    } finally {
      first.kill('SIGTERM')
    }
    const exitCode = await new Promise((resolve) => first.once('exit', resolve))
    expect(exitCode).toBe(0)
    const foreign = await opml('serve', MODEL, ...args, '--key', 'key')
    expect({ exitCode: foreign.exitCode, code: errorOf(foreign).code }).toEqual({
      exitCode: 1,
      code: 'NODE_FOREIGN_FOLDER',
    })
  })
})

describe('commands', () => {
  test('default: register, request, status, withdraw and refund as scripts see them', async () => {
    const registered = await opml('register', MODEL, ...chainArgs(), '--key', 'key')
    const { modelId } = JSON.parse(registered.stdout) as { modelId: string }
    expect(modelId).toBe(stage.model.modelId)

    const asked = await opml(
      'request',
      '--model',
      modelId,
      '--input',
      shippedDigitFile(4),
      ...chainArgs(),
      '--key',
      'key',
    )
    const { taskId } = JSON.parse(asked.stdout) as { taskId: string }
    const status = JSON.parse((await opml('status', taskId, ...chainArgs())).stdout) as { task: { status: string } }
    expect(status.task.status).toBe('requested')

    const early = await opml('refund', taskId, ...chainArgs(), '--key', 'key')
    expect({ exitCode: early.exitCode, code: errorOf(early).code }).toEqual({ exitCode: 1, code: 'CHAIN_REVERT' })
    const nothing = JSON.parse((await opml('withdraw', ...chainArgs(), '--key', 'key')).stdout) as {
      withdrawnWei: string
    }
    expect(nothing.withdrawnWei).toBe('0')

    await stage.connection.send({ method: 'evm_increaseTime', params: [86_401] })
    await stage.connection.send({ method: 'evm_mine', params: [] })
    expect((await opml('refund', taskId, ...chainArgs(), '--key', 'key')).exitCode).toBe(0)
    const paid = JSON.parse((await opml('withdraw', ...chainArgs(), '--key', 'key')).stdout) as { withdrawnWei: string }
    expect(paid.withdrawnWei).toBe('10000000000000000')
  })

  test('error: a request for a model that is not registered', async () => {
    const result = await opml(
      'request',
      '--model',
      `0x${'ab'.repeat(32)}`,
      '--input',
      '0x00',
      ...chainArgs(),
      '--key',
      'key',
    )
    expect(result.exitCode).toBe(2)
  })

  test('error: an input that does not fit the slot is refused before anything is spent', async () => {
    const input = `0x${'00'.repeat(2_000)}`
    const result = await opml('request', '--model', MODEL, '--input', input, ...chainArgs(), '--key', 'key')
    expect({ exitCode: result.exitCode, code: errorOf(result).code }).toEqual({ exitCode: 1, code: 'CHAIN_REVERT' })
  })

  test('default: every command explains itself with an example and the exit codes', async () => {
    for (const command of [
      'deploy',
      'register',
      'request',
      'serve',
      'verify',
      'status',
      'withdraw',
      'refund',
      'dev',
      'demo',
    ]) {
      const { exitCode, stdout } = await runCli([command, '--help'], cwd)
      expect(exitCode).toBe(0)
      expect(stdout).toContain('Example:')
      expect(stdout).toContain('Exit codes:')
      expect(stdout).toContain('--json')
    }
  })
})
