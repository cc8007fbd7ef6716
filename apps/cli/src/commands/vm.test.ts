import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hexToBytes } from 'opml/core'
import { replayStep } from 'opml/vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../program.ts'

const MODEL = 'models/mnist-int8.elf'
const DIGIT = 'models/digits/7.bin'

async function opml(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const result = { code: -1, out: '', err: '' }
  result.code = await runProgram(['node', 'opml', ...args], {
    write: (text) => {
      result.out += text
    },
    writeError: (text) => {
      result.err += text
    },
    isTerminal: false,
    environment: {},
    signal: new AbortController().signal,
  })
  return result
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-vm-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileWith(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

describe('opml vm run', () => {
  it('default: both executors end in the same state', async () => {
    const [a, b] = [
      await opml('vm', 'run', MODEL, '--input', DIGIT, '--json'),
      await opml('vm', 'run', MODEL, '--input', DIGIT, '--executor', 'interpreter', '--json'),
    ]
    expect(a.code).toBe(0)
    const { seconds: secondsA, ...translator } = JSON.parse(a.out) as Record<string, unknown>
    const { seconds: secondsB, ...interpreter } = JSON.parse(b.out) as Record<string, unknown>
    expect(translator).toEqual(interpreter)
    expect(translator).toMatchObject({ status: 'exited', exitCode: 0, trap: null })
    expect([typeof secondsA, typeof secondsB]).toEqual(['number', 'number'])
  })

  it('edge: --max-steps stops exactly there', async () => {
    const run = await opml('vm', 'run', MODEL, '--input', DIGIT, '--max-steps', '1000', '--json')
    expect(JSON.parse(run.out)).toMatchObject({ status: 'running', exitCode: null, steps: 1000 })
    expect(run.code).toBe(0)
  })

  it('edge: a program that exits with 1 is a negative outcome', async () => {
    const input = await fileWith('short.bin', new Uint8Array(3))
    const run = await opml('vm', 'run', MODEL, '--input', input, '--json')
    expect(JSON.parse(run.out)).toMatchObject({ status: 'exited', exitCode: 1 })
    expect(run.code).toBe(4)
  })

  it('error: an input larger than its slot', async () => {
    const input = await fileWith('large.bin', new Uint8Array(2 ** 20 + 2 ** 20))
    const run = await opml('vm', 'run', MODEL, '--input', input)
    expect(run.code).toBe(1)
    expect(run.err).toContain('2097152')
  })

  it('error: missing, truncated, 64-bit, big-endian and foreign files', async () => {
    const elf = new Uint8Array(await readFile(MODEL))
    const patched = (offset: number, value: number): Uint8Array => {
      const copy = elf.slice()
      copy[offset] = value
      return copy
    }
    const cases: [string, string][] = [
      [join(folder, 'nowhere.elf'), 'nowhere.elf'],
      [await fileWith('cut.elf', elf.slice(0, 40)), 'ends too early'],
      [await fileWith('wide.elf', patched(4, 2)), '64-bit'],
      [await fileWith('big.elf', patched(5, 2)), 'big-endian'],
      [await fileWith('x86.elf', patched(18, 62)), 'RISC-V'],
      [await fileWith('text.elf', new TextEncoder().encode('hello')), 'ELF'],
    ]
    for (const [path, text] of cases) {
      const run = await opml('vm', 'run', path)
      expect(run.code, path).toBe(1)
      expect(run.err, path).toMatch(new RegExp(text, 'i'))
    }
  })

  it('error: a flag that is no number is wrong usage', async () => {
    expect((await opml('vm', 'run', MODEL, '--max-steps', 'many')).code).toBe(2)
  })
})

describe('opml vm prove', () => {
  it('default: the witness replays to the state of the next step', async () => {
    const out = join(folder, 'step.json')
    const run = await opml('vm', 'prove', MODEL, '--input', DIGIT, '--step', '1234', '--out', out)
    expect(run.code).toBe(0)
    const proof = JSON.parse(await readFile(out, 'utf8')) as Record<string, string> & { codeEnd: number }
    const poststate = replayStep({
      prestateHash: hexToBytes(proof['prestateHash'] ?? ''),
      witness: hexToBytes(proof['witness'] ?? ''),
      codeEnd: proof.codeEnd,
      codeRoot: hexToBytes(proof['codeRoot'] ?? ''),
    })
    const next = await opml('vm', 'run', MODEL, '--input', DIGIT, '--max-steps', '1235', '--json')
    expect((JSON.parse(next.out) as { stateHash: string }).stateHash).toBe(proof['poststateHash'])
    expect(poststate).toEqual(hexToBytes(proof['poststateHash'] ?? ''))
  })
})

describe('opml vm trace', () => {
  it('default: the last fine leaf and the run end in the same state', async () => {
    const trace = await opml('vm', 'trace', MODEL, '--input', DIGIT, '--json')
    const run = await opml('vm', 'run', MODEL, '--input', DIGIT, '--json')
    const json = JSON.parse(trace.out) as { finalStateHash: string; result: string; steps: number }
    const { stateHash, outputHash, steps } = JSON.parse(run.out) as Record<string, unknown>
    expect([json.finalStateHash, json.result, json.steps]).toEqual([stateHash, outputHash, steps])
  })

  it('property: the executor does not change a commitment', async () => {
    const args = ['vm', 'trace', MODEL, '--input', DIGIT, '--json', '--stride', '3']
    expect((await opml(...args, '--executor', 'interpreter')).out).toBe((await opml(...args)).out)
  })
})
