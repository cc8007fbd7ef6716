import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ChainFollower, LyingWorkbench, NodeStore, activationFlip, verifierPolicy } from '@opml/node'
import { DEPLOYMENT_PARAMETERS, connectChain, decodeLog } from 'opml/chain'
import type { ChainConnection, ChainLog, TaskView } from 'opml/chain'
import type { Bytes32, Hex } from 'opml/core'
import { hashText, rootTournamentId } from 'opml/dispute'
import { playUntilSettled } from '../../apps/cli/src/demo/schedule.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { ask, openTestRole, openTestStage } from './testStage.ts'

/** Blocks that one recorded task is put into, and the seconds between two of them. */
const BLOCKS_PER_TASK = 8
const BLOCK_SECONDS = 12

let stage: Stage
/** Every log of one disputed task, from request to payment, recorded on anvil. */
let recorded: readonly ChainLog[]
/** Names in them that another task would not share. */
let names: readonly Bytes32[]
let task: TaskView
let verifier: Hex
/** Wei that the recorded verifier is credited and leaves in the contracts. */
let earned: { market: bigint; tournament: bigint }

beforeAll(async () => {
  stage = await openTestStage()
  const fromBlock = await stage.connection.ask((client) => client.getBlockNumber())
  const taskId = await ask(stage)
  const liar = await openTestRole(stage, { kind: 'submitter', workbench: new LyingWorkbench(activationFlip()) })
  const policy = verifierPolicy({ isDefender: false, minWithdrawWei: 10n ** 24n })
  const honest = await openTestRole(stage, { kind: 'verifier', policy })
  task = await playUntilSettled(stage, { taskId, actors: [honest.role, liar.role] })
  verifier = honest.role.account
  earned = honest.role.follower.credits
  const addresses = [stage.deployment.market, stage.deployment.tournament]
  const logs = await stage.connection.ask((client) => client.getLogs({ address: addresses, fromBlock: fromBlock + 1n }))
  recorded = logs.map((log) => ({ ...log, address: log.address.toLowerCase() as Hex, time: 0 }))
  names = namesIn(recorded)
  await liar.close()
  await honest.close()
})

afterAll(async () => {
  await stage?.close()
})

/** Ids of tournaments, claims, matches and commitments. */
function namesIn(logs: readonly ChainLog[]): Bytes32[] {
  const found = new Set<Bytes32>()
  for (const log of logs)
    for (const [field, value] of Object.entries(decodeLog(stage.deployment, log)?.event ?? {}))
      if (/^(tournamentId|matchId|claimId\w*|commitment)$/.test(field)) found.add(value as Bytes32)
  return [...found]
}

/** The recorded logs as those of the `n`-th task of a chain. */
function copyOf(n: number): { topics: readonly Hex[]; data: Hex; address: Hex }[] {
  const taskId = hashText(`task ${n}`)
  const renamed = new Map<string, Bytes32>([[task.taskId, taskId]])
  for (const name of names) renamed.set(name, hashText(`${name} ${n}`))
  renamed.set(task.dispute?.tournamentId ?? '', rootTournamentId(stage.deployment.market, taskId))
  const pattern = new RegExp([...renamed.keys()].map((name) => name.slice(2)).join('|'), 'g')
  const rename = (hex: Hex): Hex => hex.replace(pattern, (name) => renamed.get(`0x${name}`)?.slice(2) ?? name) as Hex
  return recorded.map(({ address, topics, data }) => ({ address, topics: topics.map(rename), data: rename(data) }))
}

/** A node that serves copies of the recorded task, one after the other, and can take blocks back. */
class CopyingNode {
  numTasks = 0
  private fork = 0
  /** Block number above which the present fork's blocks lie. */
  private forkedAt = -1

  async open(): Promise<ChainConnection> {
    return await connectChain({
      endpoint: 'copies',
      environment: nodeEnvironment('silent'),
      send: async ({ method, params }) => this.answer(method, params as unknown[]),
    })
  }

  /** Replaces all blocks above `block` by others with the same content. */
  reorganise(block: number): void {
    this.fork++
    this.forkedAt = block
  }

  get head(): number {
    return this.numTasks * BLOCKS_PER_TASK
  }

  private answer(method: string, params: unknown[]): unknown {
    switch (method) {
      case 'eth_chainId':
        return '0x7a69'
      case 'eth_getBlockByNumber': {
        const number = params[0] === 'latest' ? this.head : Number(params[0])
        return number > this.head ? null : this.block(number)
      }
      case 'eth_getLogs': {
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string }
        return this.logs(Number(fromBlock), Number(toBlock))
      }
      default:
        throw new Error(`Nobody should ask for ${method}.`)
    }
  }

  private block(number: number): Record<string, unknown> {
    const fork = number > this.forkedAt ? this.fork : 0
    return {
      number: `0x${number.toString(16)}`,
      hash: hashText(`block ${number} of fork ${fork}`),
      timestamp: `0x${(1_800_000_000 + number * BLOCK_SECONDS).toString(16)}`,
      transactions: [],
    }
  }

  private logs(from: number, to: number): unknown[] {
    const found: unknown[] = []
    for (let n = Math.floor((from - 1) / BLOCKS_PER_TASK); n < this.numTasks && n * BLOCKS_PER_TASK < to; n++)
      if (n >= 0)
        copyOf(n).forEach((log, i, all) => {
          const number = n * BLOCKS_PER_TASK + 1 + Math.floor((i * BLOCKS_PER_TASK) / all.length)
          if (number < from || number > to) return
          const { hash, timestamp, number: blockNumber } = this.block(number)
          const place = { blockNumber, blockHash: hash, blockTimestamp: timestamp, logIndex: `0x${i.toString(16)}` }
          found.push({ ...log, ...place, transactionHash: hash, transactionIndex: '0x0', removed: false })
        })
    return found
  }
}

/** A follower of the recorded verifier on `node`, with what it holds. */
async function openFollower(node: CopyingNode, folder: string) {
  // The short windows: by those of a day no commitment among the copies would be too old to matter.
  const deployment = { ...stage.deployment, startBlock: 0n, parameters: DEPLOYMENT_PARAMETERS.local }
  const owner = { chainId: 31_337, market: deployment.market, role: 'verifier', account: verifier }
  const store = await NodeStore.open(`${stage.folder}/${folder}`, owner)
  const follower = new ChainFollower({ connection: await node.open(), deployment, store, account: verifier })
  await follower.load()
  return { follower, store }
}

/** Bytes of live objects. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  gc()
  gc()
  return process.memoryUsage().heapUsed
}

describe('memory', () => {
  test('budget: a role that has seen 1,000 finished disputes holds what one that has seen 40 holds', async () => {
    const node = new CopyingNode()
    const { follower, store } = await openFollower(node, 'many')
    const holds = async () => ({
      numTasks: follower.tasks.size,
      numLogs: (await store.loadChain()).logs.length,
      liveBytes: liveBytes(),
    })
    while (node.numTasks < 40) {
      node.numTasks++
      await follower.sync()
    }
    const early = await holds()
    while (node.numTasks < 1_000) {
      node.numTasks++
      await follower.sync()
    }
    const late = await holds()
    console.log(`${late.numTasks} tasks, ${late.numLogs} logs, ${late.liveBytes - early.liveBytes} bytes more`)
    // 64 blocks are eight copies.
    expect(late.numTasks).toBe(8)
    expect({ numTasks: late.numTasks, numLogs: late.numLogs }).toEqual({
      numTasks: early.numTasks,
      numLogs: early.numLogs,
    })
    // A hundredth of what the logs of the others take as text.
    expect(late.liveBytes - early.liveBytes).toBeLessThan(1_000_000)
    expect(follower.credits).toEqual({ market: 1_000n * earned.market, tournament: 1_000n * earned.tournament })
    const { summary } = await store.loadChain()
    expect(summary.numTasks + late.numTasks).toBe(1_000)
    await store.close()

    // A restarted process goes on from cursor and summary.
    const again = await openFollower(node, 'many')
    expect(again.follower.credits).toEqual(follower.credits)
    expect([...again.follower.tasks.keys()]).toEqual([...follower.tasks.keys()])
    await again.store.close()
  })
})

describe('reorganisation of the past', () => {
  test.each([
    ['within the kept blocks', 60],
    ['below what is remembered', 200],
  ])(
    'story: blocks %s are replaced, and the follower ends where one ends that saw only the new ones',
    async (_, depth) => {
      const node = new CopyingNode()
      const { follower, store } = await openFollower(node, `depth-${depth}`)
      while (node.numTasks < 40) {
        node.numTasks++
        await follower.sync()
      }
      const before = (await store.loadChain()).summary
      expect(before.numTasks).toBeGreaterThan(20)
      node.reorganise(node.head - depth)
      node.numTasks++
      await follower.sync()
      const fresh = await openFollower(node, `fresh-${depth}`)
      await fresh.follower.sync()
      expect(follower.credits).toEqual(fresh.follower.credits)
      const { summary } = await store.loadChain()
      expect(summary.numTasks + follower.tasks.size).toBe(41)
      for (const view of follower.tasks.values()) expect(view.status).toBe('final')
      await store.close()
      await fresh.store.close()
    },
  )
})
