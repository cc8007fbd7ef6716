import { OpmlError } from './errors.ts'

/** A hashing worker broke down or the pool was closed: what was asked of it has no answer. */
export class HashWorkerError extends OpmlError {
  override readonly name = 'HashWorkerError'

  constructor(problem: string, cause?: unknown) {
    super(`The hashing workers cannot answer: ${problem}.`, {
      code: 'CORE_HASH_WORKER',
      suggestion: 'Make a new HashPool, or hash in this thread with merkleRoot().',
      cause,
    })
  }
}
