import type { Command } from 'commander'

/** What a command gets from the program: where to write, and the signal that ends it. */
export interface CliContext {
  /** Writes text to standard output. */
  write(text: string): void
  /** Writes text to standard error. */
  writeError(text: string): void
  /** True when standard output is a terminal. */
  readonly isTerminal: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborted by SIGINT and SIGTERM: a long-running command stops cleanly. */
  readonly signal: AbortSignal
}

/** Makes one command of the program; `commands/index.ts` lists them. */
export type CommandFactory = (context: CliContext) => Command

/** Writes a result: one line of JSON with `--json`, else the given text. bigint values become decimal text. */
export function writeResult(context: CliContext, p: { isJson: boolean; json: unknown; text: string }): void {
  context.write(`${p.isJson ? jsonLine(p.json) : p.text}\n`)
}

/** One line of JSON; bigint values become decimal text. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? field.toString() : field))
}
