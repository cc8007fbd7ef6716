import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { whyEquivalent } from './equivalentMutants.ts'
import { MUTANT_GROUPS } from './mutantGroups.ts'
import { mutantSites } from './mutantSites.ts'

const SOURCES = 'contracts/src'
/** A function with the given body. */
const source = (body: string): string => `contract C {\n    function f() private {\n${body}\n    }\n}\n`
const changesOf = (body: string) => mutantSites('C.sol', source(body)).map(({ rule, after }) => [rule, after])

describe('mutantSites', () => {
  test('default: a check that reverts never does, lacks a part, is shifted', () => {
    expect(changesOf('        if (a < b || (c && d)) revert Bad(a);')).toEqual([
      ['never', 'if (false) revert Bad(a);'],
      ['part dropped', 'if ((c && d)) revert Bad(a);'],
      ['part dropped', 'if (a < b) revert Bad(a);'],
      ['comparison', 'if (a <= b || (c && d)) revert Bad(a);'],
    ])
  })

  test('default: a choice is made always and never', () => {
    expect(changesOf('        if (isA) return x;')).toEqual([
      ['never', 'if (false) return x;'],
      ['always', 'if (true) return x;'],
    ])
  })

  test('default: a loop is not made endless', () => {
    expect(changesOf('        while (next > i) ++i;')).toEqual([
      ['never', 'while (false) ++i;'],
      ['comparison', 'while (next >= i) ++i;'],
    ])
  })

  test('default: calls of checks, over several lines too', () => {
    expect(changesOf('        Lib.checkHeight("a;", 1,\n            2);\n        cursor.close();')).toEqual([
      ['check dropped', '/* Lib.checkHeight("a;", 1,'],
      ['check dropped', '/* cursor.close(); */'],
    ])
  })

  test('default: arithmetic', () => {
    expect(changesOf('        x = a + b << c;')).toEqual([
      ['arithmetic', 'x = a - b << c;'],
      ['arithmetic', 'x = a + b >> c;'],
    ])
  })

  test('edge: comments, texts and assembly are not code', () => {
    const body = `        // if (a < b)
        emit E("a < b"); /* x + y */
        assembly ("memory-safe") {
            if (a < b) { c := add(a, b) }
        }`
    expect(changesOf(body)).toEqual([])
  })

  test('default: every group finds mutants in files that exist', () => {
    const files = (readdirSync(SOURCES, { recursive: true }) as string[]).filter((name) => name.endsWith('.sol'))
    for (const group of MUTANT_GROUPS) {
      const own = files.filter((file) => group.file.test(file))
      const sites = own.flatMap((file) => mutantSites(file, readFileSync(`${SOURCES}/${file}`, 'utf8')))
      expect(sites.length).toBeGreaterThan(10)
      for (const { file, mutated } of sites) expect(mutated).not.toBe(readFileSync(`${SOURCES}/${file}`, 'utf8'))
    }
  })

  test('default: what is left out has a reason', () => {
    expect(
      whyEquivalent({ file: 'market/ModelRegistry.sol', after: 'if (false) revert UnknownModel(_modelId);' }),
    ).toBe(undefined)
  })
})
