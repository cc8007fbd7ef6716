/** What the chain client needs from its host; the library itself has no clock, no timers and no output. */
export interface ChainEnvironment {
  /** Milliseconds since any fixed point; only differences are used. */
  nowMs(): number
  /** Resolves after `ms` milliseconds, or at once when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Takes one structured log line. */
  log(entry: LogEntry): void
}

/** One structured log line. `fields` hold values that can be written as JSON (bigint as decimal text). */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields?: Readonly<Record<string, string | number | boolean | null>>
}
