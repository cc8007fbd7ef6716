import { readFileSync } from 'node:fs'
import type { NumericsRule } from './numericsRules.ts'
import type { NumericsTarget } from './wasmTargets.ts'

interface VectorFile {
  readonly format: string
  readonly function: string
  readonly cases: readonly (string | { readonly a: string; readonly b: string; readonly result: string })[]
}

const wordsOf = (text: string) =>
  Uint32Array.from(text === '' ? [] : text.split(' '), (word) => Number.parseInt(word, 16))

/** vectors/numerics/<name>.json. SAFETY: the generator and vectors/numerics/README.md fix the form. */
export function loadNumericsVectors(name: string): VectorFile {
  return JSON.parse(readFileSync(`vectors/numerics/${name}.json`, 'utf8')) as VectorFile
}

/** The first line of each difference between two lists of words; empty when they agree. */
export function differences(a: Uint32Array, actual: Uint32Array, expected: Uint32Array): string[] {
  if (actual.length !== expected.length) return [`${actual.length} results, not ${expected.length}`]
  const found: string[] = []
  for (let i = 0; i < expected.length && found.length < 5; i++)
    if (actual[i] !== expected[i])
      found.push(`#${i}, ${a[i]?.toString(16)}: ${actual[i]?.toString(16)}, not ${expected[i]?.toString(16)}`)
  return found
}

/** Runs a rule's vector file on a target. */
export function checkVectors(rule: NumericsRule, target: NumericsTarget): { numCases: number; wrong: string[] } {
  const { cases } = loadNumericsVectors(rule.name)
  if (rule.kind !== 'reduction') {
    const rows = cases.map((line) => wordsOf(line as string))
    const column = (i: number) => Uint32Array.from(rows, (row) => row[i] ?? 0)
    const [a, b] = [column(0), rule.kind === 'binary' ? column(1) : new Uint32Array(rows.length)]
    const expected = column(rule.kind === 'binary' ? 2 : 1)
    return { numCases: rows.length, wrong: differences(a, target.apply(rule, a, b), expected) }
  }
  const wrong = cases.flatMap((row) => {
    const { a, b, result } = row as { a: string; b: string; result: string }
    return differences(wordsOf(a), target.apply(rule, wordsOf(a), wordsOf(b)), wordsOf(result))
  })
  return { numCases: cases.length, wrong }
}
