import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
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

it('default: a stopped chain is gone, and its end is seen', async () => {
  const anvil = await startAnvil()
  await anvil.stop()
  expect(anvil.process.signalCode ?? anvil.process.exitCode).not.toBeNull()
  expect(await answers(anvil.url)).toBe(false)
})

it('error: a program that is not there', async () => {
  await expect(startAnvil({ binary: join(folder, 'nothing') })).rejects.toThrow('exit code 127')
})
