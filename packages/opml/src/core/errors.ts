/** What every {@link OpmlError} carries besides its message. */
export interface OpmlErrorOptions {
  /** Stable identifier, UPPER_SNAKE_CASE, for programs. */
  code: string
  /** What the reader can do about it, one sentence. */
  suggestion: string
  /** True when the same call may succeed later without any change (an RPC that is down, a nonce race). */
  retryable?: boolean
  cause?: unknown
}

/**
 * Base of every error the library throws on purpose.
 *
 * The message names the thing, its place and the values; `suggestion` says what to do next.
 */
export class OpmlError extends Error {
  override readonly name: string = 'OpmlError'
  readonly code: string
  readonly suggestion: string
  readonly retryable: boolean

  constructor(message: string, options: OpmlErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.suggestion = options.suggestion
    this.retryable = options.retryable ?? false
  }
}
