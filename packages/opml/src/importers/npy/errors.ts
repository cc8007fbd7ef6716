import { OpmlError } from '../../core/errors.ts'

/** Bytes that are no NumPy array file, or one whose elements are of no use here. */
export class NpyError extends OpmlError {
  override readonly name = 'NpyError'

  constructor(p: { reason: string; suggestion?: string }) {
    super(`The .npy data cannot be used: ${p.reason}.`, {
      code: 'NPY_INVALID',
      suggestion: p.suggestion ?? 'Write the array with numpy.save, as numbers or booleans.',
    })
  }
}
