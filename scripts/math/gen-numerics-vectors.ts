import { scaleAccumulator, seededRandom } from 'opml/core'
import type { GeneratedFile, Generator } from '../generated.ts'
import { NUMERICS_RULES, type NumericsRule } from './numericsRules.ts'
import { type Operands, randomOperands, specialOperands } from './numericsInputs.ts'

const FORMAT = 'opml.numerics.1'
const RANDOM_CASES = 2048
const SEED = 20250601

const hex = (word: number) => word.toString(16).padStart(8, '0')

function file(name: string, about: object): GeneratedFile {
  const content = `${JSON.stringify({ format: FORMAT, ...about }, null, 1)}\n`
  return { path: `vectors/numerics/${name}.json`, content }
}

/** Lines of words: operands, then the result. */
function casesOf(rule: NumericsRule, { a, b }: Operands): string[] {
  const results = rule.apply(a, b)
  return Array.from(a, (word, i) =>
    (rule.kind === 'binary' ? [word, b[i], results[i]] : [word, results[i]]).map(hex).join(' '),
  )
}

function elementwise(rule: NumericsRule): GeneratedFile {
  const cases = [specialOperands(rule), randomOperands(RANDOM_CASES, SEED)].flatMap((operands) =>
    casesOf(rule, operands),
  )
  return file(rule.name, { function: rule.name, cases })
}

/** Reductions of 0 to 70 elements of middle size. */
function reduction(rule: NumericsRule): GeneratedFile {
  const lengths = [0, 1, 2, 15, 16, 17, 31, 32, 33, 48, 63, 70]
  const cases = lengths.map((length, i) => {
    const { a, b } = randomOperands(2 * length, SEED + i)
    const operands = { a: a.slice(length), b: b.slice(length) }
    const join = (words: Uint32Array) => Array.from(words, hex).join(' ')
    return { a: join(operands.a), b: join(operands.b), result: hex(rule.apply(operands.a, operands.b)[0]) }
  })
  return file(rule.name, { function: rule.name, cases })
}

/** Accumulator, multiplier and shift with the scaled value before saturation, in decimal. */
function requantize(): GeneratedFile {
  const random = seededRandom(SEED)
  const cases: string[] = []
  const add = (acc: number, multiplier: number, shift: number) =>
    cases.push([acc, multiplier, shift, scaleAccumulator(acc, { multiplier, shift })].join(' '))
  for (let shift = 0; shift <= 62; shift++) {
    const tie = shift > 0 && shift < 32 ? 2 ** (shift - 1) : 1
    for (const odd of [-5, -3, -1, 1, 3, 5])
      add(odd * tie < 2 ** 31 && odd * tie >= -(2 ** 31) ? odd * tie : odd, 1, shift)
    for (const acc of [-(2 ** 31), 2 ** 31 - 1])
      for (const multiplier of [-(2 ** 31), 2 ** 31 - 1]) add(acc, multiplier, shift)
    for (let i = 0; i < 20; i++) add(random.below(2 ** 32) | 0, random.below(2 ** 32) | 0, shift)
  }
  return file('requantize', { function: 'requantize', cases })
}

/** `vectors/numerics/*.json`: special values and random patterns of every rule of spec/01. */
export const generateNumericsVectors: Generator = () => [
  ...NUMERICS_RULES.map((rule) => (rule.kind === 'reduction' ? reduction(rule) : elementwise(rule))),
  requantize(),
]
