import { OpmlError } from 'opml/core'

/** Exit codes of `opml`, the same for every command. */
export const EXIT = {
  ok: 0,
  /** Something the caller gave is wrong: a file, a key, an amount, a refused call. */
  user: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** It may work later: the node does not answer, a transaction is stuck. */
  retry: 3,
  /** It worked, and the answer is no: a dispute lost, a task refunded. */
  negative: 4,
  /** A fault of the program, or an invariant that broke. */
  bug: 70,
} as const

/** Shown under every command's help. */
export const EXIT_CODES_HELP = `
Exit codes: 0 ok · 1 wrong input or refused · 2 wrong usage · 3 unreachable, try again · 4 negative outcome · 70 bug`

/** The command did its work and the outcome is negative: exit code 4. */
export class NegativeOutcomeError extends OpmlError {
  override readonly name = 'NegativeOutcomeError'

  constructor(p: { message: string; suggestion: string }) {
    super(p.message, { code: 'CLI_NEGATIVE_OUTCOME', suggestion: p.suggestion })
  }
}

/** A flag or argument that cannot be read: exit code 2. */
export class UsageError extends OpmlError {
  override readonly name = 'UsageError'

  constructor(p: { flag: string; value: string; expected: string }) {
    super(`${p.flag} is "${p.value}", which is not ${p.expected}.`, {
      code: 'CLI_USAGE',
      suggestion: 'Run the command with --help.',
    })
  }
}

const BUG_CODES = /INVARIANT/
/** Of values of flags that `@opml/node` reads. */
const USAGE_CODES: ReadonlySet<string> = new Set(['NODE_FAULT_SPEC', 'NODE_STORE_ADDRESS'])

/** The exit code for an error that ended a command. */
export function exitCodeFor(error: unknown): number {
  if (!(error instanceof OpmlError)) return EXIT.bug
  if (error instanceof NegativeOutcomeError) return EXIT.negative
  if (error instanceof UsageError || USAGE_CODES.has(error.code)) return EXIT.usage
  if (BUG_CODES.test(error.code)) return EXIT.bug
  return error.retryable ? EXIT.retry : EXIT.user
}
