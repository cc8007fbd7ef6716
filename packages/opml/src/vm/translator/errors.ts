import { OpmlError } from '../../core/errors.ts'

/** The host refused the 4 GiB of address space that the translator works in. */
export class TranslatorMemoryError extends OpmlError {
  override readonly name = 'TranslatorMemoryError'

  constructor(cause: unknown) {
    super(`The host refused a WebAssembly memory of 4 GiB: ${cause instanceof Error ? cause.message : String(cause)}`, {
      code: 'VM_TRANSLATOR_MEMORY',
      suggestion:
        'Only touched pages use real memory, but the address space must be free: lift "ulimit -v" or strict overcommit, release other machines, or use the interpreter.',
      cause,
    })
  }
}
