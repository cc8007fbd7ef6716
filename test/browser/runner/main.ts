// Runs test/browser/*.browser.test.ts, compiled, in headless Chromium. Arguments: parts of file names; --serve waits for any browser.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { PageEvent } from '../page/events.ts'
import { type Chromium, startChromium } from './chromium.ts'
import { importMap } from './importMap.ts'
import { Scoreboard } from './scoreboard.ts'
import { startServer } from './server.ts'
import { sourceStack } from './sourceStack.ts'

const ROOT = join(import.meta.dirname, '../../../../..')
/** To start the browser, to load a page and the modules of a file, to run hooks. */
const LOAD_MS = 90_000
/** After a test's own timeout, which cannot strike while the test does not let go of the thread. */
const GRACE_MS = 10_000

const args = process.argv.slice(2)
const isServing = args.includes('--serve')
const parts = args.filter((arg) => !arg.startsWith('--'))

/** URL paths of the compiled test files whose names hold one of the arguments. */
function testFiles(): string[] {
  const sources = readdirSync(join(ROOT, 'test/browser')).filter((name) => name.endsWith('.browser.test.ts'))
  const chosen = sources.filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
  if (chosen.length === 0) throw new Error(`No file of test/browser has "${parts.join('" or "')}" in its name.`)
  return chosen.sort().map((name) => `/test/browser/dist/browser/${name.replace(/ts$/, 'js')}`)
}

function withSources(event: PageEvent): PageEvent {
  const readable = (text: string): string =>
    sourceStack(stripVTControlCharacters(text), ROOT).replace(/\n\s+at .*\bnode_modules\/@vitest\/.*/g, '')
  if (event.kind === 'testEnd') return { ...event, errors: event.errors.map(readable) }
  if (event.kind === 'error') return { ...event, text: readable(event.text) }
  if (event.kind !== 'fileStart') return event
  return { ...event, file: event.file.replace(/^.*\/(.*)\.js$/, 'test/browser/$1.ts') }
}

const files = testFiles()
const board = new Scoreboard((line) => console.log(line))
const main = join(ROOT, 'test/browser/dist/browser/page/main.js')
const map = await importMap(ROOT, [main, ...files.map((file) => join(ROOT, file))])
const server = await startServer({ root: ROOT, importMap: map, files, onEvent })
let browser: Chromium | undefined
let timer: NodeJS.Timeout | undefined

process.once('exit', () => browser?.stop())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

if (isServing) console.log(`Open ${server.url}?0 in a browser; results appear here. End with Ctrl-C.`)
else {
  browser = startChromium(`${server.url}?0`, fail)
  expectSign(LOAD_MS)
}

function onEvent(event: PageEvent): void {
  board.add(withSources(event))
  if (event.kind === 'done') finish()
  else if (event.kind === 'broken') fail(event.text)
  else expectSign(event.kind === 'testStart' ? event.timeoutMs + GRACE_MS : LOAD_MS)
}

/** Fails when the page does not report anything in the next `ms`. */
function expectSign(ms: number): void {
  clearTimeout(timer)
  if (isServing) return
  timer = setTimeout(() => {
    fail(`Nothing heard from the page for ${ms / 1000} s: it does not load, or the code that it runs does not return.`)
  }, ms)
}

/** Ends the run: nothing more will come. */
function fail(reason: string): void {
  const log = browser?.log() ?? ''
  const hint = 'To look at it, run "npm run test:browser -- --serve" and open the address in a browser with its tools.'
  board.fail(log === '' ? [reason] : [reason, `Chromium wrote last:\n${log}`, hint])
  finish()
}

function finish(): void {
  clearTimeout(timer)
  board.finish()
  if (isServing) return
  browser?.stop()
  server.stop()
  process.exit(board.isGood ? 0 : 1)
}
