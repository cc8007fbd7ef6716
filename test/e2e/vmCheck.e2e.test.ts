import { expect, it } from 'vitest'
import { runProgram } from '../../apps/cli/src/program.ts'

it('differential: interpreter, translator and contract agree on steps of a real network', async () => {
  let out = ''
  let err = ''
  const code = await runProgram(
    [
      'node',
      'opml',
      'vm',
      'check',
      'models/mnist-f32.elf',
      '--input',
      'models/digits/3.bin',
      '--samples',
      '64',
      '--json',
    ],
    {
      write: (text) => {
        out += text
      },
      writeError: (text) => {
        err += text
      },
      isTerminal: false,
      environment: process.env,
      signal: new AbortController().signal,
    },
  )
  expect(err).toBe('')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ stops: 64, executorsAgree: true, contractAgrees: true })
})
