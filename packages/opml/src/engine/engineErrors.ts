import { OpmlError } from '../core/errors.ts'

/** A run was stopped by its signal. */
export class RunCancelledError extends OpmlError {
  override readonly name = 'RunCancelledError'

  constructor(p: { cause: unknown }) {
    super('The run was cancelled.', { code: 'ENGINE_CANCELLED', suggestion: 'Run the program again.', cause: p.cause })
  }
}

/** An input or a constant has another number of bytes than the program says, or is missing. */
export class EngineInputError extends OpmlError {
  override readonly name = 'EngineInputError'
  readonly tensor: string
  readonly expectedBytes: number
  readonly actualBytes: number | undefined

  constructor(p: { kind: 'Input' | 'Constant'; name: string; expectedBytes: number; actualBytes: number | undefined }) {
    const actual = p.actualBytes === undefined ? 'is missing' : `has ${p.actualBytes} bytes`
    super(`${p.kind} "${p.name}" ${actual}, the program takes ${p.expectedBytes} bytes.`, {
      code: 'ENGINE_INPUT',
      suggestion: 'See dtype and shape with "opml inspect".',
    })
    this.tensor = p.name
    this.expectedBytes = p.expectedBytes
    this.actualBytes = p.actualBytes
  }
}

/** The program does not fit into the 4 GiB of one WebAssembly memory. */
export class EngineMemoryError extends OpmlError {
  override readonly name = 'EngineMemoryError'
  readonly bytes: number

  constructor(p: { bytes: number; cause?: unknown }) {
    super(`The program needs ${p.bytes} bytes of memory; the engine has up to 4 GiB.`, {
      code: 'ENGINE_MEMORY',
      suggestion: 'Give the inputs smaller shapes, or use a smaller model.',
      cause: p.cause,
    })
    this.bytes = p.bytes
  }
}
