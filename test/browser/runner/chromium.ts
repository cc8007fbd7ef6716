import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** A running browser. */
export interface Chromium {
  /** Ends it and everything that it started, at once; removes its profile. */
  stop(): void
  /** The last lines that it wrote. */
  log(): string
}

/** Which executable is taken: the variable CHROMIUM or `chromium` of PATH. */
const EXECUTABLE = process.env.CHROMIUM ?? 'chromium'

const FLAGS = [
  '--headless=new',
  '--no-sandbox', // The sandbox refuses to run as root; the only pages are those of the tests.
  '--disable-dev-shm-usage', // Containers give /dev/shm 64 MB.
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-extensions',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-breakpad',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', // no network but loopback
  '--enable-logging=stderr',
  '--remote-debugging-pipe', // Chromium ends when the pipe closes, however this process ends.
]

const LOG_LINES = 30
const END_OF_MESSAGE = '\0'

/**
 * Opens `url` in headless Chromium.
 *
 * @param onEnd - called with the reason when it, or the page, ends before {@link Chromium.stop}.
 */
export function startChromium(url: string, onEnd: (reason: string) => void): Chromium {
  const profile = mkdtempSync(join(tmpdir(), 'opml-chromium-'))
  const child = spawn(EXECUTABLE, [...FLAGS, `--user-data-dir=${profile}`, url], {
    detached: true, // its own process group, so that stop() reaches all of it
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  let isStopped = false
  const end = (reason: string): void => {
    if (!isStopped) onEnd(reason)
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lines.push(...text.split('\n').filter((line) => line !== '' && !/dbus|D-Bus/.test(line)))
    lines.splice(0, lines.length - LOG_LINES)
  })
  child.once('error', (error: NodeJS.ErrnoException) =>
    end(error.code === 'ENOENT' ? missingText() : `Chromium does not start: ${error.message}`),
  )
  child.once('exit', (code, signal) => end(`Chromium ended with ${signal ?? `code ${code}`} before the tests did.`))
  watchForCrash(child, end)
  const stop = (): void => {
    isStopped = true
    if (child.pid !== undefined) killGroup(child.pid)
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
  }
  return { stop, log: () => lines.join('\n') }
}

function missingText(): string {
  return `No browser: "${EXECUTABLE}" is not installed. Run "apt-get install chromium", or name the executable of a Chromium in the variable CHROMIUM.`
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // ESRCH: it has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Listens on the debugging pipe (JSON messages that end with a zero byte) for a page whose process crashes. */
function watchForCrash(child: ChildProcess, end: (reason: string) => void): void {
  // The fourth and fifth entries of `stdio` above are pipes.
  const [toBrowser, fromBrowser] = [child.stdio[3] as Writable, child.stdio[4] as Readable]
  const ignore = (): void => {} // EPIPE after the browser has ended, which `exit` reports
  toBrowser.on('error', ignore)
  fromBrowser.on('error', ignore)
  toBrowser.write(`{"id":1,"method":"Target.setDiscoverTargets","params":{"discover":true}}${END_OF_MESSAGE}`)
  let text = ''
  fromBrowser.setEncoding('utf8').on('data', (chunk: string) => {
    const messages = (text + chunk).split(END_OF_MESSAGE)
    text = messages.pop() ?? ''
    if (messages.some((message) => message.includes('"Target.targetCrashed"')))
      end('The page crashed, as it does when its process gets no more memory.')
  })
}
