import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LyingWorkbench, createKeyFile, outputLie } from '@opml/node'
import {
  DEPLOYMENT_PARAMETERS,
  appendInputCall,
  deploymentToJson,
  readRequestNonce,
  readUpload,
  requestInChunks,
  requestUploadedCall,
} from 'opml/chain'
import type { ChainAccount, ChunkOfInput, ChunkedRequest, ContractCall } from 'opml/chain'
import { bytesToHex, encodeSlot, seededRandom, slotRoot } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { playUntilSettled } from '../../apps/cli/src/demo/schedule.ts'
import { chainTime, openStage, transactorFor } from '../../apps/cli/src/demo/stage.ts'
import type { Stage, StageAccount } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { sendOrThrow } from '../../apps/cli/src/sendOrThrow.ts'
import { taskIdIn } from '../../apps/cli/src/taskIdIn.ts'
import { PROGRAM, errorOf, runCli } from './runCli.ts'
import { openTestRole, taskOf } from './testStage.ts'

/** The sum of the bytes of a slot of 1 MiB. */
const SUM = fileURLToPath(new URL('../../guest/images/sum.elf', import.meta.url))
/** 200 KiB, with its length word 3 chunks of 64 KiB and 8,196 bytes. */
const INPUT = randomBytes(204_800, 1)
const CHUNK = 65_536
const SUM_HEIGHT = 13

let stage: Stage
let cwd: string
let requester: StageAccount

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'opml-upload-'))
  const inputFile = join(cwd, 'input.bin')
  await writeFile(inputFile, INPUT)
  const environment = nodeEnvironment('silent')
  stage = await openStage({ environment, parameters: DEPLOYMENT_PARAMETERS.production, modelFile: SUM, inputFile })
  await writeFile(join(cwd, 'deployment.json'), JSON.stringify(deploymentToJson(stage.deployment)))
  requester = await stage.newAccount()
  await createKeyFile(join(cwd, 'key'), requester.privateKey)
})

afterAll(async () => {
  await stage?.close()
  await rm(cwd, { recursive: true, force: true })
})

function randomBytes(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed)
  // No zero byte: the dearest calldata.
  return Uint8Array.from({ length }, () => 1 + random.below(255))
}

/** Σ bytes mod 2³², as the program answers it: a little-endian word. */
function sumOf(bytes: Uint8Array): Hex {
  const sum = bytes.reduce((total, byte) => (total + byte) >>> 0, 0)
  return bytesToHex(Uint8Array.of(sum, sum >>> 8, sum >>> 16, sum >>> 24))
}

function requestArgs(file = 'input.bin'): string[] {
  const chain = ['--rpc', stage.anvil.url, '--deployment', 'deployment.json', '--key', 'key']
  return ['request', '--model', SUM, '--input', file, '--log-level', 'silent', ...chain]
}

function statusOf(): Promise<{ uploads: { arrivedBytes: number; totalBytes: number }[]; tasks: unknown[] }> {
  return runCli(['status', '--rpc', stage.anvil.url, '--deployment', 'deployment.json', '--json'], cwd).then(
    ({ stdout }) => JSON.parse(stdout) as Awaited<ReturnType<typeof statusOf>>,
  )
}

function uploadOf(input: Uint8Array, account: Hex): Promise<{ totalBytes: number; arrivedBytes: number }> {
  const { modelId } = stage.model
  const inputRoot = bytesToHex(slotRoot(input, SUM_HEIGHT))
  return readUpload(stage.connection, { deployment: stage.deployment, account, modelId, inputRoot })
}

/** Starts a request and kills it as soon as it says that `bytes` are there. */
async function killAt(bytes: number): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, ...requestArgs()], { cwd })
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString()
    if (stderr.includes(`${bytes} of ${INPUT.length + 4} bytes uploaded`)) child.kill('SIGKILL')
  })
  const signal = await new Promise((resolve) => child.once('exit', (_, name) => resolve(name)))
  expect({ signal, stderr: signal === null ? stderr : '' }).toEqual({ signal: 'SIGKILL', stderr: '' })
}

/** An upload of this process, from a fresh account. */
async function chunkedRequest(input: Uint8Array): Promise<ChunkedRequest & { account: Hex; owner: ChainAccount }> {
  const { account } = await stage.newAccount()
  const { modelId } = stage.model
  const terms = { modelId, feeWei: 10n ** 16n, deadline: (await chainTime(stage.connection)) + 86_400 }
  const transactor = transactorFor(stage.connection, account)
  const { deployment } = stage
  return {
    deployment,
    transactor,
    terms,
    input,
    form: { kind: 'slot', height: SUM_HEIGHT },
    account: account.address,
    owner: account,
  }
}

describe('opml request', () => {
  test('story: killed half way, resumed, served by a liar, disputed, and won by the honest verifier', async () => {
    await killAt(CHUNK)
    const half = await uploadOf(INPUT, requester.account.address)
    expect(half.totalBytes).toBe(204_804)
    // The chunk that was on its way at the kill may have arrived.
    expect([CHUNK, 2 * CHUNK]).toContain(half.arrivedBytes)
    expect((await statusOf()).uploads).toMatchObject([half])

    const resumed = await runCli(requestArgs(), cwd)
    const [first = ''] = resumed.stderr.split('\n')
    expect(first).toMatch(/^\[#+\.+\] (65536|131072) of 204804 bytes uploaded$/)
    const [, taskId] = /^Task (0x[0-9a-f]{64})\n/.exec(resumed.stdout) ?? []
    expect(taskId).toBeDefined()
    expect(await statusOf()).toMatchObject({ uploads: [], tasks: [{ taskId, numInputBytes: INPUT.length }] })

    const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(outputLie()) })
    const verifier = await openTestRole(stage, { kind: 'verifier' })
    const actors = [liar.role, verifier.role]
    const task = await playUntilSettled(stage, { taskId: taskId as Bytes32, actors })
    expect(task.posted?.output).not.toBe(sumOf(INPUT))
    expect(task).toMatchObject({ status: 'final', output: sumOf(INPUT), inputElsewhere: false })
    expect(task.resolved?.owner).toBe(verifier.role.account)
    for (const role of [liar, verifier]) await role.close()
  })

  test('default: an honest server answers, after a restart that rebuilds the input from its folder', async () => {
    const p = await chunkedRequest(randomBytes(140_000, 2))
    const { taskId } = await requestInChunks(stage.connection, p)
    const before = await openTestRole(stage, { kind: 'submitter', policy: () => [] })
    await before.role.turn()
    await before.close()
    const server = await openTestRole(stage, { kind: 'submitter', as: before })
    // From the stored logs alone: nothing is read from the chain here.
    await server.role.follower.load()
    expect(taskOf(server.role, taskId).input).toBe(bytesToHex(p.input))
    const task = await playUntilSettled(stage, { taskId, actors: [server.role] })
    expect(task).toMatchObject({ status: 'final', output: sumOf(p.input) })
    await server.close()
  })

  test('default: repeated after its last chunk, it finds the open request; --restart asks again', async () => {
    const file = join(cwd, 'again.bin')
    await writeFile(file, randomBytes(70_000, 3))
    const run = async (...more: string[]): Promise<{ taskId: string; transaction: string | null }> =>
      JSON.parse((await runCli([...requestArgs(file), '--json', ...more], cwd)).stdout)
    const asked = await run()
    expect(await run()).toMatchObject({ taskId: asked.taskId, transaction: null })
    const again = await run('--restart')
    expect(again.taskId).not.toBe(asked.taskId)
    expect(again.transaction).not.toBeNull()
  })

  test('edge: 65,532 bytes go in one call, 65,533 in two chunks', async () => {
    for (const [length, label] of [
      [65_532, ''],
      [65_533, '0 of 65537 bytes uploaded'],
    ] as const) {
      const file = join(cwd, `${length}.bin`)
      await writeFile(file, randomBytes(length, 4))
      const { exitCode, stderr } = await runCli(requestArgs(file), cwd)
      expect(exitCode).toBe(0)
      if (label === '') expect(stderr).toBe('')
      else expect(stderr).toContain(label)
    }
  })

  test('error: an input beyond the slot is refused before anything is sent', async () => {
    const file = join(cwd, 'large.bin')
    await writeFile(file, new Uint8Array(2 ** 20))
    const result = await runCli([...requestArgs(file), '--json'], cwd)
    expect({ exitCode: result.exitCode, code: errorOf(result).code }).toEqual({
      exitCode: 1,
      code: 'CORE_SLOT_OVERFLOW',
    })
  })
})

describe('requestInChunks', () => {
  test('story: a reorganisation removes a chunk; it is sent again', async () => {
    const p = await chunkedRequest(randomBytes(200_000, 5))
    let snapshot: unknown = null
    const { taskId } = await requestInChunks(stage.connection, {
      ...p,
      onProgress: () => undefined,
      transactor: hooked(p.transactor, async (numSent) => {
        if (numSent === 1) snapshot = await stage.connection.send({ method: 'evm_snapshot', params: [] })
        if (numSent === 2) await stage.connection.send({ method: 'evm_revert', params: [snapshot] })
      }),
    })
    const role = await openTestRole(stage, { kind: 'verifier' })
    expect(taskOf(await synced(role), taskId).input).toBe(bytesToHex(p.input))
    await role.close()
  })

  test('story: killed while its last chunk is in the pool; the next process does not ask twice', async () => {
    const p = await chunkedRequest(randomBytes(100_000, 9))
    const { connection, deployment } = stage
    const slot = encodeSlot(p.input, SUM_HEIGHT)
    const inputRoot = bytesToHex(slotRoot(p.input, SUM_HEIGHT))
    const chunk = (from: number, to: number) => ({ inputRoot, offset: from, chunk: bytesToHex(slot.slice(from, to)) })
    const { modelId } = p.terms
    await sendOrThrow(p.transactor, appendInputCall(deployment, { modelId, ...chunk(0, CHUNK) }))
    await connection.send({ method: 'evm_setAutomine', params: [false] })
    try {
      const killed = p.transactor.send(
        requestUploadedCall(deployment, { ...p.terms, ...chunk(CHUNK, slot.length), deadline: p.terms.deadline - 1 }),
      )
      const pending = () => connection.send({ method: 'eth_getTransactionCount', params: [p.account, 'pending'] })
      while ((await pending()) !== '0x2') await connection.environment.sleep(10)
      let numLooks = 0
      const onProgress = (): void => void numLooks++
      const resumed = requestInChunks(connection, { ...p, transactor: transactorFor(connection, p.owner), onProgress })
      while (numLooks === 0) await connection.environment.sleep(10)
      await connection.environment.sleep(500)
      await connection.send({ method: 'evm_mine', params: [] })
      const first = await killed
      if (first.kind === 'refused') throw first.error
      expect(await resumed).toEqual({ taskId: taskIdIn(deployment, first.receipt), receipt: null })
      const nonce = await readRequestNonce(connection, { deployment, requester: p.account })
      expect(nonce).toBe(1n)
    } finally {
      await connection.send({ method: 'evm_setAutomine', params: [true] })
    }
  })

  test('error: other bytes under the same root are refused at the end; beginning anew helps', async () => {
    const p = await chunkedRequest(randomBytes(100_000, 6))
    const inputRoot = bytesToHex(slotRoot(p.input, SUM_HEIGHT))
    const wrong = encodeSlot(p.input, SUM_HEIGHT).slice(0, CHUNK)
    wrong[100] = 0
    const { modelId } = p.terms
    const first = { modelId, inputRoot, offset: 0, chunk: bytesToHex(wrong) }
    await sendOrThrow(p.transactor, appendInputCall(stage.deployment, first))
    await expect(requestInChunks(stage.connection, p)).rejects.toMatchObject({
      reason: 'InputRootMismatch',
      suggestion: expect.stringContaining('--restart'),
    })
    expect((await requestInChunks(stage.connection, { ...p, isRestart: true })).receipt).not.toBeNull()
  })

  test('error: too little money for the upload is said before the first chunk', async () => {
    const p = await chunkedRequest(randomBytes(200_000, 7))
    await stage.connection.send({ method: 'anvil_setBalance', params: [p.account, `0x${(10n ** 16n).toString(16)}`] })
    await expect(requestInChunks(stage.connection, p)).rejects.toThrow('the fee with the upload needs')
    expect(await uploadOf(p.input, p.account)).toEqual({ totalBytes: 0, arrivedBytes: 0 })
  })

  test('budget: whole transactions of 64 KiB: without a zero byte the calldata floor, of zeros what is executed', async () => {
    const dear = await gasOfTwoChunks(randomBytes(2 * CHUNK - 4, 8))
    const cheap = await gasOfTwoChunks(new Uint8Array(2 * CHUNK - 4))
    expect({ dear, cheap }).toMatchInlineSnapshot(`
      {
        "cheap": [
          1033811n,
          1132326n,
        ],
        "dear": [
          2646150n,
          2646970n,
        ],
      }
    `)
    // spec/06 §10
    for (const gas of [...dear, ...cheap]) expect(gas).toBeLessThanOrEqual(2_700_000n)
  })
})

/** Gas of both transactions of an upload of two full chunks. */
async function gasOfTwoChunks(input: Uint8Array): Promise<bigint[]> {
  const { deployment, transactor, terms } = await chunkedRequest(input)
  const slot = encodeSlot(input, SUM_HEIGHT)
  const inputRoot = bytesToHex(slotRoot(input, SUM_HEIGHT))
  const part = (offset: number): ChunkOfInput => ({
    inputRoot,
    offset,
    chunk: bytesToHex(slot.subarray(offset, offset + CHUNK)),
  })
  const calls = [
    appendInputCall(deployment, { modelId: terms.modelId, ...part(0) }),
    requestUploadedCall(deployment, { ...terms, ...part(CHUNK) }),
  ]
  const gas: bigint[] = []
  for (const call of calls) gas.push((await sendOrThrow(transactor, call)).gasUsed)
  return gas
}

/** A role that has read the chain. */
async function synced(opened: Awaited<ReturnType<typeof openTestRole>>): Promise<typeof opened.role> {
  await opened.role.follower.sync()
  return opened.role
}

/** A transactor that calls `after` when a transaction is in a block. */
function hooked(
  transactor: ChunkedRequest['transactor'],
  after: (numSent: number) => Promise<void>,
): ChunkedRequest['transactor'] {
  let numSent = 0
  return new Proxy(transactor, {
    get: (target, name) =>
      name === 'send'
        ? async (call: ContractCall) => {
            const outcome = await target.send(call)
            await after(++numSent)
            return outcome
          }
        : Reflect.get(target, name, target),
  })
}
