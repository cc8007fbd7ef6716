import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LyingWorkbench, activationFlip, runRole } from '@opml/node'
import { MemoryPendingStore, Transactor, connectChain, httpRpc } from 'opml/chain'
import type { ChainConnection, ContractCall, RpcSend } from 'opml/chain'
import { seededRandom } from 'opml/core'
import type { Hex } from 'opml/core'
import { playUntilSettled } from '../../apps/cli/src/demo/schedule.ts'
import { LOCAL_FEES, START_WEI } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { ask, openTestRole, openTestStage, taskOf } from './testStage.ts'
import type { TestRole } from './testStage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openTestStage()
})

afterAll(async () => {
  await stage?.close()
})

async function closeAll(...roles: readonly TestRole[]): Promise<void> {
  for (const role of roles) await role.close()
}

function connectThrough(send: RpcSend): Promise<ChainConnection> {
  return connectChain({
    endpoint: 'flaky',
    send,
    environment: nodeEnvironment('silent'),
    retry: { attempts: 12, firstDelayMs: 1, maxDelayMs: 20 },
  })
}

/** An empty payment to oneself. */
function selfCall(address: Hex): ContractCall {
  return { to: address, data: '0x', valueWei: 1n, label: 'payment' }
}

describe('outage', () => {
  test('story: three of ten requests and their answers are lost, and the dispute is won all the same', async () => {
    const seed = 20_261_124
    console.log(`seed ${seed}`)
    const random = seededRandom(seed)
    const direct = httpRpc(stage.anvil.url)
    const connection = await connectThrough(async (request) => {
      if (random.chance(15, 100)) throw new TypeError('fetch failed')
      const answer = await direct(request)
      // The request arrived, only the answer is lost: what was sent is in the pool or in a block.
      if (random.chance(15, 100)) throw new TypeError('fetch failed')
      return answer
    })
    const taskId = await ask(stage)
    const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(activationFlip()) })
    const verifier = await openTestRole(stage, { kind: 'verifier', connection })
    const task = await playUntilSettled(stage, { taskId, actors: [verifier.role, liar.role] })
    expect(task.resolved?.owner).toBe(verifier.role.account)
    const balance = await stage.connection.ask((client) => client.getBalance(verifier.account))
    expect(balance).toBeGreaterThan(START_WEI)
    await closeAll(liar, verifier)
  })

  test('story: a loop outlives an outage that is longer than its patience, and ends cleanly', async () => {
    let isDown = false
    const direct = httpRpc(stage.anvil.url)
    const connection = await connectThrough((request) =>
      isDown ? Promise.reject(new TypeError('fetch failed')) : direct(request),
    )
    const server = await openTestRole(stage, { kind: 'submitter', connection })
    const controller = new AbortController()
    const environment = nodeEnvironment('silent')
    isDown = true
    const loop = runRole(server.role, { environment, pollMs: 10, errorDelayMs: 20, signal: controller.signal })
    await environment.sleep(800)
    isDown = false
    const taskId = await ask(stage)
    while (server.role.follower.tasks.get(taskId)?.status !== 'submitted') await environment.sleep(20)
    controller.abort()
    await loop
    expect(taskOf(server.role, taskId).posted?.submitter).toBe(server.role.account)
    await server.close()
  })
})

describe('reorganisation', () => {
  test('audit: reorg: the blocks with commitment, challenge and join vanish; all are sent again and the lie loses', async () => {
    const taskId = await ask(stage)
    const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(activationFlip()) })
    const verifier = await openTestRole(stage, { kind: 'verifier' })
    await liar.role.turn()
    await verifier.role.turn()
    await liar.role.turn()
    await verifier.role.turn()
    expect(taskOf(verifier.role, taskId).status).toBe('disputed')
    // Two commitments, challenge, join and first move: five blocks, replaced by six empty ones.
    await stage.connection.send({ method: 'anvil_rollback', params: [5] })
    for (let i = 0; i < 6; i++) await stage.connection.send({ method: 'evm_mine', params: [] })
    await verifier.role.follower.sync()
    expect(taskOf(verifier.role, taskId).status).toBe('submitted')
    const task = await playUntilSettled(stage, { taskId, actors: [verifier.role, liar.role] })
    expect(task.resolved?.owner).toBe(verifier.role.account)
    await closeAll(liar, verifier)
  })

  test('story: the end of a finished dispute vanishes; the winner ends it again and is paid again', async () => {
    const taskId = await ask(stage)
    const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(activationFlip()) })
    const verifier = await openTestRole(stage, { kind: 'verifier' })
    const actors = [verifier.role, liar.role]
    await playUntilSettled(stage, { taskId, actors })
    const balance = () => stage.connection.ask((client) => client.getBalance(verifier.account))
    const paid = await balance()
    // Finish, resolution, delivery and payments.
    const depth = 6
    await stage.connection.send({ method: 'anvil_rollback', params: [depth] })
    for (let i = 0; i <= depth; i++) await stage.connection.send({ method: 'evm_mine', params: [] })
    await verifier.role.follower.sync()
    expect(taskOf(verifier.role, taskId).status).toBe('disputed')
    expect(await balance()).toBeLessThan(paid)
    const task = await playUntilSettled(stage, { taskId, actors })
    expect(task.resolved?.owner).toBe(verifier.role.account)
    // The submit bond of half an ether and the pot.
    expect(await balance()).toBeGreaterThan(START_WEI + stage.deployment.parameters.submitBondWei)
    await closeAll(liar, verifier)
  })

  test('story: the answer itself vanishes; a restarted server reads the new chain and answers again', async () => {
    const taskId = await ask(stage)
    const first = await openTestRole(stage, { kind: 'submitter' })
    await first.role.turn()
    await first.role.follower.sync()
    expect(taskOf(first.role, taskId).status).toBe('submitted')
    await first.close()
    await stage.connection.send({ method: 'anvil_rollback', params: [1] })
    await stage.connection.send({ method: 'evm_mine', params: [] })
    const second = await openTestRole(stage, { kind: 'submitter', as: first })
    await second.role.turn()
    await second.role.follower.sync()
    expect(taskOf(second.role, taskId).posted?.submitter).toBe(second.role.account)
    await second.close()
  })
})

describe('transactions', () => {
  test('story: a stuck transaction gets a higher fee and goes through under its own nonce', async () => {
    const { account } = await stage.newAccount()
    const pending = new MemoryPendingStore()
    const fees = { ...LOCAL_FEES, stuckAfterMs: 150, pollMs: 20 }
    const transactor = new Transactor({ connection: stage.connection, account, pending, fees })
    await stage.connection.send({ method: 'evm_setAutomine', params: [false] })
    try {
      const outcome = transactor.send(selfCall(account.address))
      await stage.connection.environment.sleep(700)
      const [stuck] = await pending.load()
      expect(stuck?.hashes.length).toBeGreaterThan(1)
      await stage.connection.send({ method: 'evm_mine', params: [] })
      const mined = await outcome
      expect(mined.kind).toBe('mined')
      expect(stuck?.nonce).toBe(0)
      expect(await pending.load()).toEqual([])
      const count = await stage.connection.ask((client) => client.getTransactionCount(account))
      expect(count).toBe(1)
    } finally {
      await stage.connection.send({ method: 'evm_setAutomine', params: [true] })
    }
  })

  test('story: killed after the record and before the broadcast; the next process sends the same transaction', async () => {
    const { account } = await stage.newAccount()
    const pending = new MemoryPendingStore()
    const options = { account, pending, fees: LOCAL_FEES }
    const deaf = await connectThrough((request) =>
      request.method === 'eth_sendRawTransaction'
        ? Promise.reject(new TypeError('fetch failed'))
        : httpRpc(stage.anvil.url)(request),
    )
    const first = new Transactor({ connection: deaf, ...options })
    await expect(first.send(selfCall(account.address))).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
    const [recorded] = await pending.load()
    const [outcome] = await new Transactor({ connection: stage.connection, ...options }).recover()
    expect(outcome?.kind === 'mined' && outcome.receipt.transactionHash).toBe(recorded?.hashes[0])
    expect(await pending.load()).toEqual([])
  })

  test('story: another program uses the account; the recorded transaction is given up, not repeated', async () => {
    const { account } = await stage.newAccount()
    const pending = new MemoryPendingStore()
    const options = { account, fees: LOCAL_FEES }
    const deaf = await connectThrough((request) =>
      request.method === 'eth_sendRawTransaction'
        ? Promise.reject(new TypeError('fetch failed'))
        : httpRpc(stage.anvil.url)(request),
    )
    await expect(
      new Transactor({ connection: deaf, pending, ...options }).send(selfCall(account.address)),
    ).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
    const other = new Transactor({ connection: stage.connection, pending: new MemoryPendingStore(), ...options })
    await other.send({ ...selfCall(account.address), valueWei: 2n })
    expect(await new Transactor({ connection: stage.connection, pending, ...options }).recover()).toEqual([])
    expect(await pending.load()).toEqual([])
    expect(await stage.connection.ask((client) => client.getTransactionCount(account))).toBe(1)
  })

  test('error: an account that cannot pay is named with what it needs', async () => {
    const { account } = await stage.newAccount()
    await stage.connection.send({ method: 'anvil_setBalance', params: [account.address, '0x10'] })
    const transactor = new Transactor({
      connection: stage.connection,
      account,
      pending: new MemoryPendingStore(),
      fees: LOCAL_FEES,
    })
    await expect(transactor.send({ ...selfCall(account.address), valueWei: 10n ** 18n })).rejects.toMatchObject({
      code: 'CHAIN_INSUFFICIENT_FUNDS',
      balanceWei: 16n,
    })
  })
})
