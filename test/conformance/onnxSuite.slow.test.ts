import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Outcome, runOnnxSuite } from './onnxSuite.ts'

/** Where Debian's package libonnx-testdata puts the ONNX backend tests (ONNX 1.12). */
const DATA = '/usr/share/libonnx-testdata/data'

/** Not passed although the operators are supported, with the reason; every other failure is a fault. */
const KNOWN_FAILURES: ReadonlyMap<string, string> = new Map([
  ['test_cast_FLOAT_to_BFLOAT16', 'the suite truncates, we round to nearest even'],
  ['test_castlike_FLOAT_to_BFLOAT16', 'the suite truncates, we round to nearest even'],
  ['test_castlike_FLOAT_to_BFLOAT16_expanded', 'the suite truncates, we round to nearest even'],
])

const suites = [
  // folder, tests, least number that passes
  ['node', 932, 876],
  ['pytorch-converted', 82, 79],
  ['pytorch-operator', 35, 35],
  ['simple', 23, 7],
] as const

const count = (outcomes: readonly Outcome[], ...results: Outcome['result'][]): number =>
  outcomes.filter(({ result }) => results.includes(result)).length

describe('the tests of the ONNX project', () => {
  test('default: the package of their data is installed', () => {
    expect(existsSync(DATA), 'run "apt-get install libonnx-testdata"').toBe(true)
  })

  test.each(suites)('conformance: %s, %i tests, none gives a wrong answer', (suite, numTests, leastPassed) => {
    const outcomes = runOnnxSuite(`${DATA}/${suite}`)
    const line = `${suite}: ${count(outcomes, 'passed')} passed, ${count(outcomes, 'bound')} passed with bound inputs, ${count(outcomes, 'unsupported')} unsupported`
    process.stdout.write(`${line}\n`)
    const wrong = outcomes.filter(({ name, result }) => result === 'failed' && !KNOWN_FAILURES.has(name))
    expect(wrong).toEqual([])
    expect(outcomes).toHaveLength(numTests)
    expect(count(outcomes, 'passed', 'bound')).toBeGreaterThanOrEqual(leastPassed)
  })
})
