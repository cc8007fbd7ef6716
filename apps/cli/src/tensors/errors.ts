import { OpmlError } from 'opml/core'

/** A tensor given on the command line that is not what the model takes. */
export class InputError extends OpmlError {
  override readonly name = 'InputError'
  /** Name of the model's input. */
  readonly input: string

  constructor(p: { input: string; reason: string; suggestion?: string; cause?: unknown }) {
    super(`Input "${p.input}": ${p.reason}.`, {
      code: 'CLI_INPUT',
      suggestion: p.suggestion ?? 'Run "opml inspect" to see names, types and shapes of the inputs.',
      cause: p.cause,
    })
    this.input = p.input
  }
}
