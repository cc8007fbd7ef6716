import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startAnvil } from '../../apps/cli/src/anvil.ts'
import { PROGRAM } from './runCli.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-orphans-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** True when something answers at `url`. */
async function answers(url: string): Promise<boolean> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
  return await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } }).then(
    () => true,
    () => false,
  )
}

/** True when `url` falls silent within ten seconds. */
async function fallsSilent(url: string): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (!(await answers(url))) return true
    await delay(100)
  }
  return false
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const)
  it(`edge: a program ended by ${signal} leaves no chain behind`, async () => {
    const args = [PROGRAM, 'dev', '--port', '0', '--json', '--folder', folder]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const { rpc } = JSON.parse(line.toString()) as { rpc: string }
    expect(await answers(rpc)).toBe(true)
    child.kill(signal)
    await ended
    expect(await fallsSilent(rpc)).toBe(true)
  })

/** Numbers of the processes that `pid` started as `opml COMMAND`, by command. */
async function actorsOf(pid: number): Promise<Map<string, number>> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .split(' ')
    .filter((text) => text !== '')
  const actors = new Map<string, number>()
  for (const child of children) {
    const [, program, command = ''] = (await readFile(`/proc/${child}/cmdline`, 'utf8')).split('\0')
    if (program?.endsWith('opml.js') === true) actors.set(command, Number(child))
  }
  return actors
}

/** True when no process has this number within ten seconds. */
async function ends(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (!existsSync(`/proc/${pid}`)) return true
    await delay(100)
  }
  return false
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const)
  it(`edge: a program ended by ${signal} leaves no server and no verifier behind`, async () => {
    const args = [PROGRAM, 'dev', '--port', '0', '--json', '--folder', folder, '--actors', '--log-level', 'error']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    // Both say so when they have started.
    for (let text = ''; (text.match(/^(submitter|verifier) 0x/gm) ?? []).length < 2; )
      text += ((await once(child.stdout, 'data')) as [Buffer])[0].toString()
    const actors = await actorsOf(child.pid as number)
    expect([...actors.keys()].sort()).toEqual(['serve', 'verify'])
    child.kill(signal)
    await ended
    for (const [command, pid] of actors) expect(await ends(pid), command).toBe(true)
  })

it('default: a stopped chain is gone, and its end is seen', async () => {
  const anvil = await startAnvil()
  await anvil.stop()
  expect(anvil.process.signalCode ?? anvil.process.exitCode).not.toBeNull()
  expect(await answers(anvil.url)).toBe(false)
})

it('error: a program that is not there', async () => {
  await expect(startAnvil({ binary: join(folder, 'nothing') })).rejects.toThrow('exit code 127')
})
