import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { randomOperands } from '../../scripts/math/numericsInputs.ts'
import { ELEMENTARY_RULES, NUMERICS_RULES } from '../../scripts/math/numericsRules.ts'
import { buildNumericsCheck, nativeTarget, NUMERICS_TARGETS } from './numericsTargets.ts'
import { checkVectors, differences } from '../../scripts/math/numericsVectors.ts'

const SEED = 20250603
const PATTERNS = 2 ** 20
const program = buildNumericsCheck()
const native = nativeTarget(program)
const [reference, ...others] = [...NUMERICS_TARGETS, native]

test.each(NUMERICS_RULES)('vector: $name, native C', (rule) => {
  expect(checkVectors(rule, native).wrong).toEqual([])
})

describe.each(NUMERICS_RULES.filter(({ kind }) => kind !== 'reduction'))('$name', (rule) => {
  test('differential: guest, WASM scalar, WASM SIMD and native C equal TypeScript on 2^20 words', () => {
    const { a, b } = randomOperands(PATTERNS, SEED)
    const expected = reference.apply(rule, a, b)
    for (const target of others.filter(({ has }) => has(rule)))
      expect(differences(a, target.apply(rule, a, b), expected), `${target.name}, seed ${SEED}`).toEqual([])
  })
})

/** Greatest error in ulp that spec/01 §8 allows. */
const BOUNDS: Readonly<Record<string, number>> = {
  acos: 1.5,
  acosh: 2.5,
  asin: 2.5,
  asinh: 2,
  atan: 2,
  atanh: 1.5,
  cos: 1,
  cosh: 2,
  erf: 1.5,
  exp: 1.03,
  log: 1,
  log1p: 1,
  sigmoid: 2.5,
  sin: 1,
  sinh: 2,
  softplus: 2,
  tan: 3,
  tanh: 1.5,
  pow: 1,
}

describe.each(ELEMENTARY_RULES)('$name', ({ name }) => {
  // 4096 is the step that the design asks for; 4099 is prime, so that the low bits of the mantissa vary. Pow: pairs of each kind.
  test.each(name === 'pow' ? [2 ** 18] : [4096, 4099])('differential: MPFR, %d', (step) => {
    const line = execFileSync(program, ['ulp', name, String(step)], { encoding: 'utf8' }).trim()
    console.log(line)
    const [, ulp, numChecked, numWrong] =
      /^\w+ ([\d.]+) ulp at .*, (\d+) checked, (\d+) wrong$/m.exec(line)?.map(Number) ?? []
    expect(numWrong).toBe(0)
    expect(numChecked).toBeGreaterThan(2 ** 20 - 2000)
    expect(ulp).toBeLessThanOrEqual(BOUNDS[name])
  })
})
