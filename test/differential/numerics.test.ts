import { describe, expect, test } from 'vitest'
import { requantize, scaleAccumulator } from '../../packages/opml/src/core/math/requantize.ts'
import { f32Bits, f32FromBits } from '../../packages/opml/src/core/math/f32Bits.ts'
import { randomOperands } from '../../scripts/math/numericsInputs.ts'
import { ELEMENTARY_RULES, NUMERICS_RULES } from '../../scripts/math/numericsRules.ts'
import { NUMERICS_TARGETS, runNumericsGuest } from './numericsTargets.ts'
import { checkVectors, differences, loadNumericsVectors } from '../../scripts/math/numericsVectors.ts'

const SEED = 20250602
const [reference, ...others] = NUMERICS_TARGETS

describe.each(NUMERICS_TARGETS)('$name', (target) => {
  test.each(NUMERICS_RULES.filter(target.has))('vector: $name', (rule) => {
    const { numCases, wrong } = checkVectors(rule, target)
    expect(wrong).toEqual([])
    expect(numCases).toBeGreaterThan(rule.kind === 'reduction' ? 10 : 2000)
  })
})

describe.each(others)('$name', (target) => {
  test.each(NUMERICS_RULES.filter(target.has))('differential: $name equals TypeScript on random words', (rule) => {
    const { a, b } = randomOperands(5003, SEED) // an odd number: the last vector is not full
    expect(differences(a, target.apply(rule, a, b), reference.apply(rule, a, b)), `seed ${SEED}`).toEqual([])
  })
})

test('default: every elementary function has a SIMD form', () => {
  const simd = NUMERICS_TARGETS.find(({ name }) => name === 'WASM SIMD')
  expect(ELEMENTARY_RULES.filter((rule) => simd?.has(rule)).length).toBe(19)
})

test('edge: arrays of 0 to 9 elements in SIMD leave what lies behind them', () => {
  const simd = NUMERICS_TARGETS[3]
  for (const rule of ELEMENTARY_RULES)
    for (let n = 0; n < 10; n++) {
      const { a, b } = randomOperands(n, SEED + n)
      expect(simd.apply(rule, a, b)).toEqual(reference.apply(rule, a, b))
    }
})

test('vector: numerics/requantize.json', () => {
  const { cases } = loadNumericsVectors('requantize')
  for (const line of cases as string[]) {
    const [acc, multiplier, shift, value] = line.split(' ')
    const scale = { multiplier: Number(multiplier), shift: Number(shift) }
    expect(scaleAccumulator(Number(acc), scale)).toBe(BigInt(value))
    const wide = BigInt(value)
    expect(requantize(Number(acc), scale, 'i8')).toBe(wide < -128n ? -128 : wide > 127n ? 127 : Number(wide))
  }
  expect(cases.length).toBe(63 * 30)
})

/** Functions of double precision whose results, rounded to f32, are at most half an ulp from the exact values, nearly always. */
const DOUBLES: Readonly<Record<string, (x: number, y: number) => number>> = {
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  cos: Math.cos,
  cosh: Math.cosh,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  sinh: Math.sinh,
  tan: Math.tan,
  tanh: Math.tanh,
  pow: (x, y) => (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY ? 1 : x === 1 ? 1 : x ** y),
}

/** How many f32 lie between two of one sign; NaN counts as one value. */
const distance = (a: number, b: number) => Math.abs((a | 0) - (b | 0))

test.each(ELEMENTARY_RULES.filter(({ name }) => name in DOUBLES))(
  'property: $name is within 3 f32 of double precision',
  (rule) => {
    const { a, b } = randomOperands(20_000, SEED)
    const results = rule.apply(a, b)
    const far = Array.from(a, (word, i) => {
      const exact = f32Bits(Math.fround(DOUBLES[rule.name](f32FromBits(word), f32FromBits(b[i]))))
      return distance(results[i], exact) > 3 ? word.toString(16) : undefined
    })
    expect(far.filter((word) => word !== undefined)).toEqual([])
  },
)

test('default: instructions of the guest for one result', () => {
  const n = 1000
  const { a, b } = randomOperands(2 * n, SEED)
  const middle = { a: a.slice(n), b: b.slice(n) }
  const steps = ELEMENTARY_RULES.map((rule) => {
    const magnitude = rule.name === 'pow' ? middle.a.map((word) => word & 0x7fffffff) : middle.a
    return `${rule.name} ${Math.round(runNumericsGuest(rule, magnitude, middle.b).steps / n)}`
  })
  expect(steps.join(', ')).toMatchInlineSnapshot(
    `"acos 1573, acosh 3055, asin 1277, asinh 1876, atan 1601, atanh 1746, cos 2322, cosh 1659, erf 1539, exp 1494, log 2094, log1p 2525, sigmoid 1675, sin 2068, sinh 1034, softplus 4038, tan 3125, tanh 1396, pow 6710"`,
  )
})

test('error: the guest refuses an unknown function', () => {
  const unknown = { ...NUMERICS_RULES[0] }
  expect(() => runNumericsGuest(unknown, new Uint32Array(1), new Uint32Array(1))).toThrow('exit code 1')
})
