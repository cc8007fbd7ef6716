import { describe, expect, test } from 'vitest'
import { Interpreter } from '../../packages/opml/src/vm/interpreter.ts'
import { loadGuest, runGuest } from './guestProgram.ts'
import { checkBatch } from './softfloatCheck.ts'
import { createWords, randomExponents, randomPairs, SOFTFLOAT_OPERATIONS, specialPairs } from './softfloatOperands.ts'

const SEED = 20250301
const PAIRS_PER_OPERATION = 8_000

describe('soft float of the guest', () => {
  const image = loadGuest('guest/images/softfloat.elf')
  const machine = new Interpreter(image)

  test.each(SOFTFLOAT_OPERATIONS)(
    'differential: %s on special and random operands equals Math.fround arithmetic',
    (operation) => {
      const special = checkBatch({ machine, image, operation, pairs: specialPairs() })
      expect(special).toMatchObject({ operations: 4096, wrong: 0, first: undefined })
      const random = operation === 'exp' ? randomExponents : randomPairs
      const pairs = random(PAIRS_PER_OPERATION, createWords(SEED))
      expect(checkBatch({ machine, image, operation, pairs }), `seed ${SEED}`).toMatchObject({
        wrong: 0,
        first: undefined,
      })
    },
  )

  test('error: a length that is no list of pairs, an unknown operation', () => {
    const codeOf = (words: number[]) => runWords(words).exitCode
    expect(codeOf([0, 1])).toBe(1)
    expect(codeOf([])).toBe(1)
    expect(codeOf([15, 1, 1])).toBe(1)
    expect(codeOf([0, 0, 0])).toBe(0)
  })

  function runWords(words: number[]) {
    return runGuest({ machine: new Interpreter(image), image, input: new Uint8Array(Uint32Array.from(words).buffer) })
  }
})
