import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { OpmlError } from 'opml/core'

/** The local chain could not be started. */
class AnvilError extends OpmlError {
  override readonly name = 'AnvilError'

  constructor(p: { problem: string; cause?: unknown }) {
    super(`The local chain (anvil) ${p.problem}.`, {
      code: 'CLI_ANVIL',
      suggestion: 'Run "npm ci"; on other systems than Linux x64 put anvil on the PATH and set OPML_ANVIL to its file.',
      cause: p.cause,
    })
  }
}

/** A running local chain. */
export interface Anvil {
  readonly url: string
  readonly process: ChildProcess
  /** Ends it and waits for its end. */
  stop(): Promise<void>
}

/** Options of {@link startAnvil}. */
export interface AnvilOptions {
  /** 0: any free port. */
  readonly port?: number
  /** Blocks come at this interval as well as with each transaction; without it only with transactions. */
  readonly blockSeconds?: number
  readonly numAccounts?: number
  readonly baseFeeWei?: bigint
  /** Further flags of anvil, as they are. */
  readonly flags?: readonly string[]
  /** Where to find the binary; default: `OPML_ANVIL`, else the npm package. */
  readonly binary?: string
}

/**
 * Becomes the command that follows, with a companion that ends it when descriptor 3 closes.
 *
 * The other end of that pipe is this process's: it closes however the process ends, by SIGKILL too.
 */
const GUARD = '(read -r _ <&3; kill -KILL $$) >/dev/null 2>&1 & exec 3<&-; exec "$0" "$@"'

/** Of every chain that this program starts. */
export const LOCAL_CHAIN_ID = 31_337

const START_TIMEOUT_MS = 20_000

/**
 * Starts anvil with the Prague rules (calldata floor included). It ends with this process at the latest.
 *
 * @throws {AnvilError}
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const args = ['--port', String(options.port ?? 0), '--hardfork', 'prague', '--chain-id', String(LOCAL_CHAIN_ID)]
  args.push('--accounts', String(options.numAccounts ?? 10), '--balance', '10000')
  if (options.baseFeeWei !== undefined) args.push('--base-fee', options.baseFeeWei.toString())
  if (options.blockSeconds !== undefined) args.push('--block-time', String(options.blockSeconds), '--mixed-mining')
  args.push(...(options.flags ?? []))
  const command = ['-c', GUARD, options.binary ?? anvilBinary(), ...args]
  const child = spawn('sh', command, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  child.once('exit', () => child.stdio[3]?.destroy())
  try {
    const url = await listeningUrl(child)
    return { url, process: child, stop: () => stopProcess(child) }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

function anvilBinary(): string {
  const named = process.env['OPML_ANVIL']
  if (named !== undefined && named !== '') return named
  try {
    const require = createRequire(import.meta.url)
    return join(dirname(require.resolve('@foundry-rs/anvil-linux-amd64/package.json')), 'bin', 'anvil')
  } catch (cause) {
    throw new AnvilError({ problem: 'is not installed', cause })
  }
}

/** The address that anvil says it listens on; its output is read to the end, so that it never blocks. */
function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new AnvilError({ problem: 'did not answer in time' })), START_TIMEOUT_MS)
    const fail = (problem: string, cause?: unknown): void => {
      clearTimeout(timer)
      reject(new AnvilError({ problem, cause }))
    }
    child.once('error', (cause) => fail('cannot be started', cause))
    child.once('exit', (code) => fail(`ended at once (exit code ${code}): ${text.trim().slice(-300)}`))
    const read = (chunk: Buffer): void => {
      if (text.length < 20_000) text += chunk.toString('utf8')
      const [, address] = /Listening on (\S+)/.exec(text) ?? []
      if (address === undefined) return
      clearTimeout(timer)
      resolve(`http://${address}`)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
  })
}

/** Ends a child process by SIGTERM and waits; by SIGKILL after two seconds. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 2_000)
  await ended
  clearTimeout(timer)
}
