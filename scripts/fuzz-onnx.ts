// Feeds mutated models to the ONNX importer: every import must end soon, in bounded memory, with a program that the verifier accepts or
// with an error of ours. Arguments: --seconds S, --seed N, --workers N; --case N runs one case here, --save FILE writes its model.
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ChildMessage } from './fuzz/child.ts'
import { caseOf, runCase } from './fuzz/fuzzCase.ts'
import { seedFiles } from './fuzz/seedModels.ts'

/** One import may take so long; the machine may be busy. */
const CASE_SECONDS = 20
/** JavaScript objects of an import. */
const HEAP_MIB = 512
/** All memory of the process: the objects, weights, and what constants were folded to. */
const RESIDENT_MIB = 2048
const WATCH_MS = 100

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    case: { type: 'string' },
    save: { type: 'string' },
  },
})
const seed = Number(values.seed)
const numWorkers = Number(values.workers)

/** Cases by what became of them, and the failures. */
const counts = new Map<string, number>()
const failures: string[] = []

function note(outcome: string): void {
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
}

function fail(index: number, what: string): void {
  note(what.split('\n')[0]?.split(':')[0] ?? what)
  failures.push(`case ${index}: ${what}`)
  console.log(`case ${index} (npm run fuzz:onnx -- --seed ${seed} --case ${index}): ${what}`)
}

/** Resident MiB of a process; 0 when it has ended. */
function residentMib(pid: number): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
    return (Number(pages) * 4096) / 2 ** 20
  } catch {
    return 0
  }
}

/** Runs cases first, first + workers, … in children, a new one after each that had to be ended. */
class Worker {
  #child: ChildProcess
  #index: number
  #since = performance.now()
  #reason: string | undefined
  #isDone = false

  constructor(first: number) {
    this.#index = first
    this.#child = this.#start(first)
  }

  /** Ends a child whose case takes too long or too much. */
  watch(): void {
    const seconds = (performance.now() - this.#since) / 1000
    const mib = residentMib(this.#child.pid ?? 0)
    if (seconds > CASE_SECONDS) this.#end(`hang: more than ${CASE_SECONDS} s`)
    else if (mib > RESIDENT_MIB) this.#end(`memory: more than ${RESIDENT_MIB} MiB`)
  }

  stop(): void {
    this.#isDone = true
    this.#child.kill('SIGKILL')
  }

  #end(reason: string): void {
    this.#reason = reason
    this.#child.kill('SIGKILL')
  }

  #start(first: number): ChildProcess {
    const script = join(import.meta.dirname, 'fuzz/child.js')
    const child = fork(script, [seed, first, numWorkers].map(String), {
      execArgv: [`--max-old-space-size=${HEAP_MIB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let log = ''
    child.stderr?.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-2000)))
    child.on('message', (message: ChildMessage) => this.#hear(message))
    child.once('exit', (code, signal) => {
      if (this.#isDone) return
      fail(this.#index, this.#reason ?? `crash: the process ended (${signal ?? code})\n${log}`)
      this.#reason = undefined
      this.#since = performance.now()
      this.#child = this.#start(this.#index + numWorkers)
    })
    return child
  }

  #hear(message: ChildMessage): void {
    this.#since = performance.now()
    this.#index = message.index
    if (message.kind === 'begin') return
    const { outcome, error, mutations, seedFile } = message.result
    if (outcome === 'bug') fail(message.index, `bug: ${error}\n  ${mutations.join(', ')} of ${seedFile}`)
    else note(outcome === 'refused' ? `refused: ${error}` : outcome)
  }
}

function report(): void {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  console.log(`\nseed ${seed}: ${total} imports`)
  for (const [outcome, count] of [...counts].sort(([, a], [, b]) => b - a))
    console.log(`  ${String(count).padStart(8)}  ${outcome}`)
  console.log(`${failures.length} failures`)
}

if (values.case !== undefined) {
  const at = { seed, index: Number(values.case) }
  const files = seedFiles()
  if (values.save !== undefined) writeFileSync(values.save, caseOf(files, at).bytes)
  console.log(runCase(files, at))
} else {
  const workers = Array.from({ length: numWorkers }, (_, first) => new Worker(first))
  const timer = setInterval(() => workers.forEach((worker) => worker.watch()), WATCH_MS)
  setTimeout(() => {
    clearInterval(timer)
    workers.forEach((worker) => worker.stop())
    report()
    process.exitCode = failures.length === 0 ? 0 : 1
  }, Number(values.seconds) * 1000)
}
