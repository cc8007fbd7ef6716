import { OpmlError } from 'opml/core'
import { GameInvariantError } from 'opml/dispute'
import { ExecutorMismatchError } from 'opml/vm'

/** Another process works in this folder. */
export class FolderLockedError extends OpmlError {
  override readonly name = 'FolderLockedError'
  readonly folder: string

  constructor(p: { folder: string; cause?: unknown }) {
    super(`The folder ${p.folder} is in use by another process.`, {
      code: 'NODE_FOLDER_LOCKED',
      suggestion: 'Stop the other process, or give this role a folder of its own with --folder.',
      cause: p.cause,
    })
    this.folder = p.folder
  }
}

/** A folder whose content belongs to another chain, deployment, role or account. */
export class ForeignFolderError extends OpmlError {
  override readonly name = 'ForeignFolderError'
  readonly folder: string

  constructor(p: { folder: string; field: string; expected: string; actual: string }) {
    super(`The folder ${p.folder} was made for ${p.field} ${p.actual}, not for ${p.expected}.`, {
      code: 'NODE_FOREIGN_FOLDER',
      suggestion: 'Choose another --folder; keep the old one until its disputes are over.',
    })
    this.folder = p.folder
  }
}

/** A folder that holds something this program did not write. */
export class CorruptStoreError extends OpmlError {
  override readonly name = 'CorruptStoreError'

  constructor(p: { folder: string; key: string; cause?: unknown }) {
    super(`The entry "${p.key}" in the folder ${p.folder} cannot be read.`, {
      code: 'NODE_CORRUPT_STORE',
      suggestion: 'Restore the folder from a copy; without one, move it away: tasks are read from the chain again.',
      cause: p.cause,
    })
  }
}

/** A key file that is missing, readable by others, or no key. */
export class KeyFileError extends OpmlError {
  override readonly name = 'KeyFileError'
  readonly path: string

  constructor(p: { path: string; problem: string; suggestion: string; cause?: unknown }) {
    super(`The key file ${p.path} ${p.problem}.`, { code: 'NODE_KEY_FILE', suggestion: p.suggestion, cause: p.cause })
    this.path = p.path
  }
}

/** A file that was to be read is not there or cannot be read. */
export class FileAccessError extends OpmlError {
  override readonly name = 'FileAccessError'
  readonly path: string

  constructor(p: { path: string; purpose: string; cause?: unknown }) {
    super(`The file ${p.path} (${p.purpose}) cannot be read.`, {
      code: 'NODE_FILE_ACCESS',
      suggestion: 'Check the path and its permissions.',
      cause: p.cause,
    })
    this.path = p.path
  }
}

/** A file that is no model of any kind. */
export class ModelFileError extends OpmlError {
  override readonly name = 'ModelFileError'
  readonly path: string

  constructor(p: { path: string }) {
    super(`The model ${p.path} is neither the folder of a bundle nor an ELF file.`, {
      code: 'NODE_MODEL_FILE',
      suggestion: 'Make a bundle of an ONNX model with "opml import".',
    })
    this.path = p.path
  }
}

/** A place where a bundle was to be written that is taken. */
export class BundleTargetError extends OpmlError {
  override readonly name = 'BundleTargetError'
  readonly path: string

  constructor(p: { path: string; problem: string; suggestion: string }) {
    super(`${p.path} ${p.problem}; nothing was written.`, { code: 'NODE_BUNDLE_TARGET', suggestion: p.suggestion })
    this.path = p.path
  }
}

/** A content store that does not answer, or not as it should. */
export class ContentStoreError extends OpmlError {
  override readonly name = 'ContentStoreError'
  readonly place: string

  constructor(p: { place: string; problem: string; cause?: unknown }) {
    super(`The content store ${p.place} ${p.problem}.`, {
      code: 'NODE_CONTENT_STORE',
      suggestion: 'Check --store, its permissions and keys, and that the service runs.',
      retryable: true,
      cause: p.cause,
    })
    this.place = p.place
  }
}

/** True for errors that say that the input of a task may be had later. */
export function isAboutStore(error: unknown): error is ContentStoreError | ContentMissingError {
  return error instanceof ContentStoreError || error instanceof ContentMissingError
}

/** Bytes in a content store that are longer than what they are to be can be. */
export class ContentTooLongError extends OpmlError {
  override readonly name = 'ContentTooLongError'
  readonly hash: string

  constructor(p: { place: string; hash: string; maxBytes: number }) {
    super(`The content store ${p.place} has more than ${p.maxBytes} bytes for ${p.hash}.`, {
      code: 'NODE_CONTENT_TOO_LONG',
      suggestion: 'They are not what they are to be: ask whoever put them there, or use another store.',
    })
    this.hash = p.hash
  }
}

/** Bytes that no content store has, or has not yet. */
export class ContentMissingError extends OpmlError {
  override readonly name = 'ContentMissingError'
  readonly hash: string

  constructor(p: { place: string; hash: string; what: 'input' | 'model' }) {
    const suggestions = {
      input: 'Whoever asked must put the bytes there; give the same --store.',
      model: 'Whoever has the model can put it there with "opml register MODEL --publish"; give the same --store.',
    }
    super(`The content store ${p.place} has nothing for the ${p.what} ${p.hash}.`, {
      code: 'NODE_CONTENT_MISSING',
      suggestion: suggestions[p.what],
      retryable: true,
    })
    this.hash = p.hash
  }
}

/** A file of a bundle whose bytes have another digest than the one that the manifest tells. */
export class PublishedFileError extends OpmlError {
  override readonly name = 'PublishedFileError'
  readonly path: string

  constructor(p: { path: string; expected: string; actual: string }) {
    super(`The file ${p.path} has the SHA-256 ${p.actual}; the manifest says ${p.expected}.`, {
      code: 'NODE_PUBLISHED_FILE',
      suggestion: 'It was changed since the import: import the model again, or take the file that was imported.',
    })
    this.path = p.path
  }
}

/** What a content store gives for a model is not that model. */
export class ModelFetchError extends OpmlError {
  override readonly name = 'ModelFetchError'
  readonly modelId: string

  constructor(p: { place: string; modelId: string; problem: string; cause?: unknown }) {
    super(`What the content store ${p.place} has for the model ${p.modelId} is not that model: ${p.problem}.`, {
      code: 'NODE_MODEL_FETCH',
      suggestion: 'Nothing was written. Use another --store, or get the bundle from whoever published the model.',
      cause: p.cause,
    })
    this.modelId = p.modelId
  }
}

/** An address of a content store that cannot be understood. */
export class StoreAddressError extends OpmlError {
  override readonly name = 'StoreAddressError'

  constructor(p: { address: string; problem: string }) {
    super(`${p.address} ${p.problem}.`, {
      code: 'NODE_STORE_ADDRESS',
      suggestion: 'Give --store a folder, or s3://BUCKET/PREFIX?endpoint=URL with the keys in the environment.',
    })
  }
}

/** Two computations that have to agree do not. Nothing may be signed after it. */
export class InvariantBrokenError extends OpmlError {
  override readonly name = 'InvariantBrokenError'

  constructor(p: { what: string; expected: string; actual: string }) {
    super(`${p.what}: expected ${p.expected}, got ${p.actual}. Nothing was signed.`, {
      code: 'NODE_INVARIANT_BROKEN',
      suggestion:
        'Do not restart before the cause is found: check the machine’s memory and the model file, and report it.',
    })
  }
}

/** A model file whose program is not what the chain has registered, or was never registered. */
export class ModelNotRegisteredError extends OpmlError {
  override readonly name = 'ModelNotRegisteredError'
  readonly path: string
  readonly modelId: string

  constructor(p: { path: string; modelId: string }) {
    super(`The model ${p.path} (${p.modelId}) is not registered on this chain.`, {
      code: 'NODE_MODEL_NOT_REGISTERED',
      suggestion: `Register it with "opml register ${p.path}", with the same trace heights.`,
    })
    this.path = p.path
    this.modelId = p.modelId
  }
}

/** A task that cannot be recomputed here. */
export class TaskNotComputableError extends OpmlError {
  override readonly name = 'TaskNotComputableError'
  readonly taskId: string

  constructor(p: { taskId: string; problem: string; cause?: unknown }) {
    super(`Task ${p.taskId} cannot be computed: ${p.problem}.`, {
      code: 'NODE_TASK_NOT_COMPUTABLE',
      suggestion: 'It is left alone; nothing is staked on it.',
      cause: p.cause,
    })
    this.taskId = p.taskId
  }
}

/** A program that runs longer than this process is willing to wait. */
export class StepLimitError extends OpmlError {
  override readonly name = 'StepLimitError'
  readonly maxSteps: number

  constructor(p: { maxSteps: number }) {
    super(`The program has not halted after ${p.maxSteps} steps.`, {
      code: 'NODE_STEP_LIMIT',
      suggestion: 'Raise --max-steps if a run may take that long, or leave this model alone.',
    })
    this.maxSteps = p.maxSteps
  }
}

/** A liar found nothing to lie about. */
export class FaultNotFoundError extends OpmlError {
  override readonly name = 'FaultNotFoundError'

  constructor(p: { what: string }) {
    super(`No ${p.what} was found.`, {
      code: 'NODE_FAULT_NOT_FOUND',
      suggestion: 'Try another input or another fault.',
    })
  }
}

/** Text that names no fault. */
export class FaultSpecError extends OpmlError {
  override readonly name = 'FaultSpecError'

  constructor(p: { spec: string; expected: string }) {
    super(`"${p.spec}" is no fault.`, { code: 'NODE_FAULT_SPEC', suggestion: `Give one of: ${p.expected}.` })
  }
}

/**
 * True for errors after which nothing may be signed any more: a broken invariant, executors that differ, a liar without a lie, and
 * anything that is no error of this project.
 */
export function isFatal(error: unknown): boolean {
  if (!(error instanceof OpmlError)) return true
  const kinds = [InvariantBrokenError, GameInvariantError, ExecutorMismatchError, FaultNotFoundError]
  return kinds.some((kind) => error instanceof kind)
}
