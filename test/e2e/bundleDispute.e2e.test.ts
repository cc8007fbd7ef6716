import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ComputingWorkbench, createKeyFile, lyingWorkbench, openStore, parseFaultSpec } from '@opml/node'
import type { Workbench } from '@opml/node'
import { DEPLOYMENT_PARAMETERS, deploymentToJson } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lenetSubject } from '../../apps/cli/src/demo/programScenarios.ts'
import { START_WEI, openStageOf } from '../../apps/cli/src/demo/stage.ts'
import type { Stage, StageAccount } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { type EventLine, OpmlProcess, type ProcessParty, playBetweenProcesses } from './playBetweenProcesses.ts'
import { errorOf, runCli } from './runCli.ts'
import { type TestRole, openTestRole } from './testStage.ts'

let stage: Stage
let cwd: string
let chain: readonly string[]
let observer: TestRole
/** What runs, to be ended after each test. */
let running: OpmlProcess[] = []

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'opml-processes-'))
  const subject = await lenetSubject(cwd, 7)
  const parameters = DEPLOYMENT_PARAMETERS.production
  stage = await openStageOf(subject, { environment: nodeEnvironment('error'), parameters })
  await writeFile(join(cwd, 'deployment.json'), JSON.stringify(deploymentToJson(stage.deployment)))
  await writeFile(join(cwd, 'image.raw'), subject.input)
  chain = ['--rpc', stage.anvil.url, '--deployment', 'deployment.json', '--log-level', 'error']
  observer = await openTestRole(stage, { kind: 'verifier', policy: () => [] })
})

afterAll(async () => {
  await observer?.close()
  await stage?.close()
  await rm(cwd, { recursive: true, force: true })
})

/** A party in a folder of its own, with its own bundle and its own state. */
interface Party {
  readonly owner: StageAccount
  readonly folder: string
  readonly workbench: Workbench
}

let numParties = 0

async function newParty(fault?: string): Promise<Party> {
  const folder = join(cwd, `party-${numParties++}`)
  await cp(join(cwd, 'lenet.opml'), join(folder, 'lenet.opml'), { recursive: true })
  const owner = await stage.newAccount()
  await createKeyFile(join(folder, 'key'), owner.privateKey)
  const store = openStore(join(cwd, 'store'), {})
  const workbench =
    fault === undefined ? new ComputingWorkbench({ store }) : lyingWorkbench(parseFaultSpec(fault), { store })
  return { owner, folder, workbench }
}

/** Starts a role of the party as a process. */
async function start(party: Party, command: string, ...args: string[]): Promise<OpmlProcess> {
  const files = ['--key', 'key', '--folder', 'state', '--store', join(cwd, 'store')]
  const timing = ['--poll', '20', '--min-withdraw', '1wei']
  const own = chain.map((arg) => (arg === 'deployment.json' ? join(cwd, arg) : arg))
  const started = await OpmlProcess.start([command, ...args, ...own, ...files, ...timing, '--json'], party.folder)
  running.push(started)
  return started
}

async function finish(...parties: Party[]): Promise<void> {
  for (const one of running) await one.stop()
  running = []
  for (const { workbench } of parties) workbench.close()
}

async function request(...flags: string[]): Promise<Bytes32> {
  const user = await newParty()
  const args = ['--model', 'lenet.opml', '--input', 'image=image.raw', '--key', join(user.folder, 'key'), ...flags]
  const asked = await runCli(['request', ...args, ...chain, '--store', 'store', '--json'], cwd)
  expect([asked.exitCode, asked.stderr]).toEqual([0, ''])
  return (JSON.parse(asked.stdout) as { taskId: Bytes32 }).taskId
}

async function play(taskId: Bytes32, ...parties: [ProcessParty, ...ProcessParty[]]) {
  return await playBetweenProcesses(stage, { taskId, observer: observer.role, parties })
}

async function watchTask(taskId: Bytes32, ...flags: string[]): Promise<OpmlProcess> {
  const args = ['watch', taskId, '--model', 'lenet.opml', ...chain, '--poll', '20', ...flags]
  const started = await OpmlProcess.start(args, cwd)
  running.push(started)
  return started
}

/** Waits for the answer to a task. */
async function answered(taskId: Bytes32): Promise<void> {
  for (;;) {
    await observer.role.follow()
    if (observer.role.follower.tasks.get(taskId)?.posted) return
    await stage.connection.environment.sleep(20)
  }
}

async function balanceOf({ owner }: Party): Promise<bigint> {
  return await stage.connection.ask((client) => client.getBalance({ address: owner.account.address }))
}

const addressOf = ({ owner }: Party): string => owner.account.address.toLowerCase()

describe('processes with a store, a key and a bundle of their own', () => {
  test('story: a lying server, input by its root; a verifier challenges by itself and wins; watch tells it all', async () => {
    const [liar, honest] = [await newParty('block:2:5'), await newParty()]
    const taskId = await request('--by-root')
    const verifier = await start(honest, 'verify', 'lenet.opml')
    const watch = await watchTask(taskId, '--json')
    try {
      const server = await start(liar, 'serve', 'lenet.opml', '--fault', 'block:2:5')
      expect(new Set([process.pid, server.pid, verifier.pid, watch.pid]).size).toBe(4)
      const task = await play(taskId, { kind: 'verifier', ...honest }, { kind: 'submitter', ...liar })
      expect(task).toMatchObject({ status: 'final', inputElsewhere: true, posted: { submitter: addressOf(liar) } })
      expect(task.resolved).toMatchObject({ owner: addressOf(honest) })
      expect(task.resolved?.result).not.toBe(task.posted?.result)
      const { result } = await honest.workbench.answer(stage.model, task)
      expect(task.resolved?.result).toBe(result)
      expect(verifier.calls.slice(0, 2)).toEqual(['commit', 'challenge'])
      expect(await balanceOf(honest)).toBeGreaterThan(START_WEI)
      expect(await balanceOf(liar)).toBeLessThan(START_WEI)
      expect(await watch.ended()).toBe(0)
      expectWatched(watch.events, { liar: addressOf(liar), honest: addressOf(honest) })
    } finally {
      await finish(liar, honest)
    }
  })

  test('story: an honest server, input by its root, against a false challenger', async () => {
    const [honest, liar] = [await newParty(), await newParty('weight@30%')]
    const taskId = await request('--by-root')
    const watch = await watchTask(taskId)
    try {
      const server = await start(honest, 'serve', 'lenet.opml')
      const challenger = await start(liar, 'verify', 'lenet.opml', '--fault', 'weight@30%')
      const task = await play(taskId, { kind: 'submitter', ...honest }, { kind: 'verifier', ...liar })
      expect(task).toMatchObject({ status: 'final', posted: { submitter: addressOf(honest) } })
      expect(task.dispute?.challenger).toBe(addressOf(liar))
      expect(task.resolved?.result).toBe(task.posted?.result)
      expect([server.calls[0], challenger.calls[0]]).toEqual(['submit', 'challenge'])
      expect(await watch.ended()).toBe(0)
      expectWatchedText(watch.lines, { liar: addressOf(liar), honest: addressOf(honest) })
      expect(await balanceOf(honest)).toBeGreaterThan(START_WEI)
      expect(await balanceOf(liar)).toBeLessThan(START_WEI)
    } finally {
      await finish(honest, liar)
    }
  })

  test('story: the server is gone for good; a third party without the bundle defends its answer', async () => {
    const [gone, liar, friend] = [await newParty(), await newParty('operand:4:b'), await newParty()]
    await rm(join(friend.folder, 'lenet.opml'), { recursive: true })
    const taskId = await request()
    const defence = [...chain, '--key', join(friend.folder, 'key'), '--cache', join(friend.folder, 'models'), '--json']
    const early = await runCli(['defend', taskId, '--store', 'bundles', ...defence], cwd)
    expect([early.exitCode, errorOf(early).code]).toEqual([3, 'NODE_CONTENT_MISSING'])
    const owner = ['--key', join(gone.folder, 'key'), ...chain, '--json']
    const registered = await runCli(['register', 'lenet.opml', '--publish', '--store', 'store', ...owner], cwd)
    expect(JSON.parse(registered.stdout)).toMatchObject({ published: { store: 'store', numFiles: 4 } })
    try {
      const server = await start(gone, 'serve', 'lenet.opml')
      await answered(taskId)
      server.kill()
      await server.ended()
      await start(liar, 'verify', 'lenet.opml', '--fault', 'operand:4:b')
      const defender = await start(friend, 'defend', taskId, '--cache', 'models')
      const task = await play(taskId, { kind: 'verifier', ...friend }, { kind: 'verifier', ...liar })
      expect(await defender.ended()).toBe(0)
      expect(await readdir(join(friend.folder, 'models'))).toEqual([stage.model.modelId])
      expect(task).toMatchObject({
        status: 'final',
        posted: { submitter: addressOf(gone) },
        dispute: { challenger: addressOf(liar) },
      })
      expect(task.resolved?.result).toBe(task.posted?.result)
      expect(defender.events.at(-1)).toMatchObject({ event: 'settled', status: 'final', result: task.posted?.result })
      expect(await balanceOf(friend)).toBeGreaterThan(START_WEI)
      expect(await balanceOf(liar)).toBeLessThan(START_WEI)
    } finally {
      await finish(gone, liar, friend)
    }
  })
})

/** What the watcher's lines must say of a dispute about block 5 of node 2. */
function expectWatched(events: readonly EventLine[], p: { liar: string; honest: string }): void {
  const place = { position: 0, node: 2, operator: 'Conv', nodeName: 'conv2.relu', block: 5 }
  const titled = { ...place, nodeTitle: 'Conv "conv2.relu"' }
  const ofKind = (kind: string) => events.filter(({ event }) => event === kind)
  const statuses = ofKind('status').map(({ status }) => status)
  expect([...statuses.slice(0, 3), statuses.at(-1)]).toEqual(['requested', 'submitted', 'disputed', 'final'])
  expect(ofKind('TournamentOpened').map(({ phase }) => phase)).toEqual(['graph', 'VM block', 'VM fine'])
  const joins = ofKind('Joined')
  expect(joins.map(({ account }) => account)).toEqual(expect.arrayContaining([p.liar, p.honest]))
  for (const { amountWei } of joins) expect(BigInt(amountWei as string)).toBeGreaterThan(0n)
  const moves = ofKind('Moved')
  // From the whole program to one block, from the whole run of the machine to one instruction.
  expect(moves.filter(({ phase }) => phase === 'graph').at(-1)).toMatchObject({ height: 0, ...titled })
  const last = moves.filter(({ phase }) => phase === 'VM fine').at(-1)
  const [first, end] = (last?.['instructions'] ?? []) as string[]
  expect(first).toBe(end)
  expect(last).toMatchObject({ height: 0, ...place, where: `instruction ${first}` })
  expect(ofKind('Stepped')).toMatchObject([{ ...place, phase: 'VM fine', instructions: [first, first] }])
  for (const { clocks } of moves) {
    const parties = clocks as { account: string; seconds: number; isRunning: boolean }[]
    expect(parties.map(({ account }) => account).toSorted()).toEqual([p.liar, p.honest].toSorted())
    for (const { seconds } of parties) expect(seconds).toBeGreaterThan(0)
  }
  for (const { amountWei, account } of ofKind('Refunded')) {
    expect(BigInt(amountWei as string)).toBeGreaterThan(0n)
    // A settlement goes through the market, which hands the refund on.
    expect([p.liar, p.honest, stage.deployment.market]).toContain(account)
  }
  expect(ofKind('Paid').some(({ account }) => account === p.honest)).toBe(true)
  const states = ofKind('state').filter(({ phases }) => (phases as unknown[]).length === 3)
  expect(states.length).toBeGreaterThan(0)
  for (const { phases, feeWei, submitBondWei, bondsWei, refundedWei } of states) {
    expect(phases).toMatchObject([
      { phase: 'graph', claims: 2, alive: 2, matches: [{ ...place, turn: 'one phase down' }] },
      { phase: 'VM block' },
      { phase: 'VM fine' },
    ])
    expect([BigInt(feeWei as string), BigInt(submitBondWei as string)]).toEqual([
      10n ** 16n,
      stage.deployment.parameters.submitBondWei,
    ])
    expect(BigInt(bondsWei as string)).toBeGreaterThan(0n)
    expect(Object.keys(refundedWei as object).length).toBeGreaterThan(0)
  }
}

/** The same for people, of a dispute about a weight of node 0. */
function expectWatchedText(lines: readonly string[], p: { liar: string; honest: string }): void {
  const text = lines.join('\n')
  const [liar, honest] = [p.liar.slice(0, 10), p.honest.slice(0, 10)]
  const node = String.raw`node \d \((?:Conv|MatMul) "(?:conv\d.relu|fc\d.relu|logits)".*\)`
  const ether = String.raw`\d+\.\d{6}`
  for (const line of [
    `graph: ${liar} joins for 0x[0-9a-f]{8} with a bond of ${ether} ether`,
    `graph: (?:${liar}|${honest}) meets (?:${liar}|${honest}) over step position 0, all nodes  \\(0x.* runs.*\\)`,
    `graph: first difference in ${node}, block \\d+  \\(0x.* runs.*\\)`,
    `VM block: opened, a tree of height 12 over the run that computes block \\d+ of ${node} at step position 0`,
    'VM fine: instruction \\d+ executed by the contract',
    `VM fine: ${honest} wins by step`,
    `money: ${ether} ether of gas refunded to ${honest}`,
    `money: ${ether} ether of a bond and what it won paid to ${honest}`,
    `at stake: fee 0.010000, submit bond ${ether}, bonds ${ether} ether`,
    '  (?:to be sealed|one phase down|0x[0-9a-f]{8} to move): .*  \\(0x[0-9a-f]{8} .*, 0x[0-9a-f]{8} .*\\)',
  ])
    expect(text).toMatch(new RegExp(`^(?:\\d\\d:\\d\\d:\\d\\d  )?${line}$`, 'm'))
}

describe('opml serve and verify with --fault', () => {
  test.each([
    ['serve', ['garbage'], 'CLI_USAGE', 2],
    ['verify', ['output'], 'CLI_USAGE', 2],
    ['serve', ['nonsense'], 'NODE_FAULT_SPEC', 2],
  ] as const)('error: %s --fault %s', async (command, [fault], code, exitCode) => {
    const result = await runCli([command, 'lenet.opml', '--fault', fault, ...chain, '--json'], cwd)
    expect([result.exitCode, errorOf(result).code]).toEqual([exitCode, code])
  })
})
