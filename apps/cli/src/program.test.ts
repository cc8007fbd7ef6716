import { OpmlError } from 'opml/core'
import { describe, expect, test } from 'vitest'
import type { CliContext } from './context.ts'
import { EXIT, NegativeOutcomeError, UsageError, exitCodeFor } from './exitCodes.ts'
import { createProgram, runProgram } from './program.ts'

function capture(): CliContext & { out: string; err: string } {
  return {
    out: '',
    err: '',
    write(text) {
      this.out += text
    },
    writeError(text) {
      this.err += text
    },
    isTerminal: false,
    environment: {},
    signal: new AbortController().signal,
  }
}

function opml(...args: string[]) {
  const context = capture()
  return runProgram(['node', 'opml', ...args], context).then((exitCode) => ({
    exitCode,
    out: context.out,
    err: context.err,
  }))
}

describe('exitCodeFor', () => {
  const options = { code: 'X', suggestion: 'Y' }
  test.each([
    ['wrong input', new OpmlError('m', options), EXIT.user],
    ['usage', new UsageError({ flag: '--a', value: 'b', expected: 'c' }), EXIT.usage],
    ['retryable', new OpmlError('m', { ...options, retryable: true }), EXIT.retry],
    ['negative outcome', new NegativeOutcomeError({ message: 'm', suggestion: 's' }), EXIT.negative],
    ['broken invariant', new OpmlError('m', { ...options, code: 'NODE_INVARIANT_BROKEN' }), EXIT.bug],
    ['unknown error', new TypeError('x'), EXIT.bug],
  ])('default: %s', (_, error, code) => {
    expect(exitCodeFor(error)).toBe(code)
  })
})

describe('opml', () => {
  test('default: --help lists every command and the exit codes', async () => {
    const { exitCode, out } = await opml('--help')
    expect(exitCode).toBe(0)
    const { commands } = await createProgram(capture(), [])
    expect(commands.length).toBeGreaterThan(10)
    for (const command of commands) expect(out).toContain(command.name())
    expect(out).toContain('Exit codes: 0 ok')
  })

  test('error: an unknown command or option is a usage error', async () => {
    expect((await opml('frobnicate')).exitCode).toBe(EXIT.usage)
    expect((await opml('status', '--frobnicate')).exitCode).toBe(EXIT.usage)
  })

  test('error: people get message and suggestion, scripts one line of JSON', async () => {
    const forPeople = await opml('status', '--deployment', '/nowhere/deployment.json')
    expect(forPeople.exitCode).toBe(EXIT.user)
    expect(forPeople.err).toBe(
      'Error: The file /nowhere/deployment.json (the deployment) cannot be read.\n  Check the path and its permissions.\n',
    )
    const forScripts = await opml('status', '--deployment', '/nowhere/deployment.json', '--json')
    expect(JSON.parse(forScripts.err)).toEqual({
      error: {
        code: 'NODE_FILE_ACCESS',
        message: 'The file /nowhere/deployment.json (the deployment) cannot be read.',
        suggestion: 'Check the path and its permissions.',
        retryable: false,
      },
    })
  })
})
