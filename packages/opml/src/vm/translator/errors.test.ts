import { expect, test } from 'vitest'
import { TranslatorMemoryError } from './errors.ts'

test('error: TranslatorMemoryError says what was refused and what to do', () => {
  const error = new TranslatorMemoryError(new RangeError('could not allocate memory'))
  expect([error.code, error.message, error.suggestion]).toMatchInlineSnapshot(`
    [
      "VM_TRANSLATOR_MEMORY",
      "The host refused a WebAssembly memory of 4 GiB: could not allocate memory",
      "Only touched pages use real memory, but the address space must be free: lift "ulimit -v" or strict overcommit, release other machines, or use the interpreter.",
    ]
  `)
})
