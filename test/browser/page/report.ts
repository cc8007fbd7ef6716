import type { PageEvent } from './events.ts'

/** Tells the runner, and returns when it knows: what is reported before a test that never returns has been seen. */
export async function report(event: PageEvent): Promise<void> {
  await fetch('/report', { method: 'POST', body: JSON.stringify(event) })
}

/** An error's text with its stack, and its causes. */
export function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  const { name, message, stack, diff, cause } = error as { [key in keyof (Error & { diff: string })]?: unknown }
  const head = `${typeof name === 'string' ? name : 'Error'}: ${String(message)}`
  // A stack begins with the message as it was when the error was made.
  const frames = (typeof stack === 'string' ? stack : '').split('\n').filter((line) => /^\s+at /.test(line))
  const parts = [head, ...(typeof diff === 'string' ? [diff] : []), ...frames]
  if (cause !== undefined && cause !== null) parts.push(`Caused by ${describeError(cause)}`)
  return parts.join('\n')
}
