import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../apps/cli/src/program.ts'

/** Where Debian's package libonnx-testdata puts the ONNX backend tests (ONNX 1.12). */
const DATA = '/usr/share/libonnx-testdata/data'

/** Not passed although the operators are supported; every other failure is a fault. */
const KNOWN_FAILURES = 'test/conformance/knownFailures.txt'

const suites = [
  // folder, tests, least number that passes
  ['node', 932, 876],
  ['pytorch-converted', 82, 79],
  ['pytorch-operator', 35, 35],
  ['simple', 23, 7],
] as const

interface Report {
  readonly tests: number
  readonly passed: number
  readonly passedWithBoundInputs: number
  readonly failed: readonly unknown[]
  readonly unsupported: readonly unknown[]
}

/** Runs `opml conformance onnx`; returns what it prints and its exit code. */
async function conformance(folder: string): Promise<{ report: Report; exitCode: number }> {
  let out = ''
  const exitCode = await runProgram(
    ['node', 'opml', 'conformance', 'onnx', folder, '--known', KNOWN_FAILURES, '--json'],
    {
      write: (text) => {
        out += text
      },
      writeError: (text) => void process.stderr.write(text),
      isTerminal: false,
      environment: {},
      signal: new AbortController().signal,
    },
  )
  return { report: JSON.parse(out) as Report, exitCode }
}

describe('the tests of the ONNX project', () => {
  test('default: the package of their data is installed', () => {
    expect(existsSync(DATA), 'run "apt-get install libonnx-testdata"').toBe(true)
  })

  test.each(suites)('conformance: %s, %i tests, none gives a wrong answer', async (suite, numTests, leastPassed) => {
    const { report, exitCode } = await conformance(`${DATA}/${suite}`)
    const { passed, passedWithBoundInputs, unsupported } = report
    const line = `${suite}: ${passed} passed, ${passedWithBoundInputs} passed with bound inputs, ${unsupported.length} unsupported`
    process.stdout.write(`${line}\n`)
    expect(report.failed).toEqual([])
    expect(exitCode).toBe(0)
    expect(report.tests).toBe(numTests)
    expect(passed + passedWithBoundInputs).toBeGreaterThanOrEqual(leastPassed)
  })
})
