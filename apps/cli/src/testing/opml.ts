import { runProgram } from '../program.ts'

/** How a command line ended. */
export interface CommandResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line of `opml` in this process. */
export async function opml(...args: string[]): Promise<CommandResult> {
  let [out, err] = ['', '']
  const code = await runProgram(['node', 'opml', ...args], {
    write: (text) => {
      out += text
    },
    writeError: (text) => {
      err += text
    },
    isTerminal: false,
    environment: {},
    signal: new AbortController().signal,
  })
  return { code, out, err }
}
