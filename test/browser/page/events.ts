/** What the page tells the runner, in the order in which it happened. */
export type PageEvent =
  | { readonly kind: 'fileStart'; readonly file: string }
  | { readonly kind: 'testStart'; readonly test: string; readonly timeoutMs: number }
  | { readonly kind: 'testEnd'; readonly test: string; readonly outcome: Outcome; readonly errors: readonly string[] }
  /** Outside of any test: a file that does not load, a hook that fails, an exception that nobody caught. */
  | { readonly kind: 'error'; readonly text: string }
  /** Nothing more will come. */
  | { readonly kind: 'broken'; readonly text: string }
  | { readonly kind: 'console'; readonly level: string; readonly text: string }
  | { readonly kind: 'fileEnd'; readonly file: string }
  /** The last file has ended. */
  | { readonly kind: 'done' }

/** How a test ended. */
type Outcome = 'passed' | 'failed' | 'skipped'
