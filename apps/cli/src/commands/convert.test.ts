import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '../program.ts'

async function opml(...args: string[]): Promise<{ code: number; err: string }> {
  let err = ''
  const code = await runProgram(['node', 'opml', ...args], {
    write: () => undefined,
    writeError: (text) => {
      err += text
    },
    isTerminal: false,
    environment: {},
    signal: new AbortController().signal,
  })
  return { code, err }
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-convert-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('default: both shipped state dicts give the shipped programs', async () => {
  for (const [stateDict, program] of [
    ['models/mnist-784-20-10.safetensors', 'models/mnist-f32.elf'],
    ['models/mnist-784-20-10-int8.safetensors', 'models/mnist-int8.elf'],
  ] as const) {
    const out = join(folder, 'model.elf')
    expect(await opml('convert', stateDict, '--out', out)).toEqual({ code: 0, err: '' })
    expect((await readFile(out)).equals(await readFile(program)), program).toBe(true)
  }
})

it('default: calibration images make an 8-bit program that reads digits', async () => {
  const images = await Promise.all(
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => readFile(`models/digits/${digit}.bin`)),
  )
  const calibration = join(folder, 'images.bin')
  await writeFile(calibration, Buffer.concat(images))
  const out = join(folder, 'int8.elf')
  const options = ['--out', out, '--calibrate', calibration]
  expect((await opml('convert', 'models/mnist-784-20-10.safetensors', ...options)).code).toBe(0)
  expect((await opml('vm', 'run', out, '--input', 'models/digits/4.bin')).code).toBe(0)
})

it('error: a file that is no state dict writes nothing', async () => {
  const out = join(folder, 'none.elf')
  const { code, err } = await opml('convert', 'models/digits/4.bin', '--out', out)
  expect(code).toBe(1)
  expect(err).toContain('Error:')
  await expect(readFile(out)).rejects.toThrow('ENOENT')
})
