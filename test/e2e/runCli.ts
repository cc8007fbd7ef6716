import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The program as it is installed; it runs the build, so `npm run build` comes first. */
export const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/opml.js', import.meta.url))

/** How a command ended. */
export interface CliResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `opml` with `args` in `cwd` to its end. */
export function runCli(args: readonly string[], cwd: string): Promise<CliResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { cwd, timeout: 60_000 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ exitCode, stdout, stderr })
    })
  })
}

/** The `error` object that `--json` prints on standard error. */
export function errorOf(result: CliResult): { code: string; message: string; suggestion: string; retryable: boolean } {
  const line = result.stderr.trim().split('\n').at(-1) ?? ''
  return (JSON.parse(line) as { error: { code: string; message: string; suggestion: string; retryable: boolean } })
    .error
}
