import { expect, test } from 'vitest'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import { loadGuest } from './guestProgram.ts'
import { checkBatch } from './softfloatCheck.ts'
import { createWords, randomExponents, randomPairs, SOFTFLOAT_OPERATIONS } from './softfloatOperands.ts'
import type { SoftfloatOperation } from './softfloatOperands.ts'

const SEED = 20250302
const BATCH_PAIRS = 100_000
const ARITHMETIC: readonly SoftfloatOperation[] = ['add', 'sub', 'mul', 'div', 'kernelAdd', 'kernelMul']

/** 90 batches of the arithmetic, 5 of each other operation: 13.5 million operations. */
function numBatches(operation: SoftfloatOperation): number {
  return ARITHMETIC.includes(operation) ? 15 : 5
}

test('differential: more than ten million f32 operations of the guest equal Math.fround arithmetic', () => {
  const image = loadGuest('guest/images/softfloat.elf')
  const machine = new Translator(image)
  const next = createWords(SEED)
  let operations = 0
  for (const operation of SOFTFLOAT_OPERATIONS)
    for (let i = 0; i < numBatches(operation); i++) {
      const random = operation === 'exp' ? randomExponents : randomPairs
      const batch = checkBatch({ machine, image, operation, pairs: random(BATCH_PAIRS, next) })
      expect(batch, `seed ${SEED}, batch ${i} of ${operation}`).toMatchObject({ wrong: 0, first: undefined })
      operations += batch.operations
    }
  expect(operations).toBe(13_500_000)
})
