import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { compileGuest, guestLibrary, linkGuest } from '#guest/compile.js'
import { GUEST_PROGRAMS, guestSources } from '#guest/programs.js'
import type { KernelCheck } from './faultGroups.ts'
import { compileWasm, generatedWasmFile, linkWasm, WASM_MODULES, type WasmModule } from '../wasmModules.ts'

const INCLUDE_FOLDERS = ['kernels/include', 'guest/include']
/** Several times what a run of the tests takes on a busy machine; a kernel that does not end is killed then. */
const TEST_MS = 600_000
/** Seconds of computing, not of waiting, after which a comparison that takes some tenths of one counts as one that does not end. */
const CHECK_SECONDS = 40
/** Unit of times in /proc. */
const TICKS_EACH_SECOND = 100
/** Says which fault of a file with several happens. */
const FAULT_NUMBER = `unsigned fault_number_;
__attribute__((visibility("default"))) void set_fault_number(unsigned number);
void set_fault_number(unsigned number) { fault_number_ = number; }
`
/** What is compiled of this repository: the checks and the library that they load. */
const COMPILED = ['packages/opml/dist', 'scripts/dist', 'test/browser/dist/differential']

/** What stands in the place of a file of kernels/. */
interface FaultyFile {
  readonly file: string
  readonly text: string
}

/** Faults of one file and how they are looked for. */
interface Comparison {
  readonly check: KernelCheck
  readonly numFaults: number
  /** Parts of the titles of comparisons to begin with. */
  readonly likely: readonly string[]
  /** Whether to leave it at those. */
  readonly isQuick: boolean
  readonly onOutcome: (fault: number, seenBy: string | undefined) => void
}

/** What the tests said. */
export interface TestOutcome {
  readonly isRed: boolean
  /** Whether time ran out and nothing else failed. */
  readonly isTimeOut?: boolean
  /** The first test that failed; of a run that could not begin, which shows nothing, why. */
  readonly redTest: string
}

interface VitestReport {
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** A change that the compiler or the linker refuses. */
class BuildError extends Error {}

/** Packages of the repository stay links into the copy; all others are links to the installed ones. */
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
    else if (entry.name.startsWith('@')) linkModules(source, target)
    else if (!entry.name.startsWith('.')) symlinkSync(resolve(source), target)
  }
}

/** A copy of the tracked files of this repository in a temporary folder, whose kernels can be changed, built and tested. */
export class ScratchTree {
  readonly root: string
  readonly #objects = new Map<string, string>()
  readonly #libgcc: string
  #child: ChildProcess | undefined

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'opml-faults-'))
    const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\0')
    for (const file of files.filter((name) => name !== '' && existsSync(name))) cpSync(file, join(this.root, file))
    linkModules('node_modules', join(this.root, 'node_modules'))
    for (const app of readdirSync('apps'))
      if (existsSync(`apps/${app}/node_modules`))
        linkModules(`apps/${app}/node_modules`, join(this.root, `apps/${app}/node_modules`))
    for (const folder of COMPILED) cpSync(folder, join(this.root, folder), { recursive: true })
    mkdirSync(join(this.root, 'objects/faulty'), { recursive: true })
    this.#libgcc = guestLibrary(this.root)
  }

  /** Puts `text` in the place of `file`, builds, tests, and puts everything back. */
  async tryFault(
    p: FaultyFile & { builds: readonly string[]; tests: readonly (readonly string[])[] },
  ): Promise<TestOutcome> {
    try {
      return await this.#with(p, p.builds, () => this.test(p.tests))
    } catch (error) {
      if (!(error instanceof BuildError)) throw error
      return { isRed: false, redTest: '(the change does not compile)' } // the compiler has printed why
    }
  }

  /**
   * Calls `onOutcome` for each fault of a file with several, see `faultyFile`, with the comparison that sees it, or undefined. Of a file
   * that does not compile nothing is seen.
   */
  async compareFaults(p: FaultyFile & Comparison): Promise<void> {
    let numDone = 0
    try {
      await this.#with(p, [p.check.module], async () => {
        while (numDone < p.numFaults) numDone = await this.#compare(p, numDone)
      })
    } catch (error) {
      if (!(error instanceof BuildError)) throw error
      while (numDone < p.numFaults) p.onOutcome(numDone++, undefined)
    }
  }

  /** Runs kernelChecks.ts from fault `from` on, until the end or until a kernel does not end; how many faults are done then. */
  #compare({ check, numFaults, likely, isQuick, onOutcome }: Comparison, from: number): Promise<number> {
    const args = [check.kind, isQuick ? 'likely' : 'all', String(from + 1), String(numFaults), ...likely]
    const child = spawn(process.execPath, ['scripts/dist/faults/kernelChecks.js', ...args], {
      cwd: this.root,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    const pid = child.pid as number
    let [numDone, title, startSeconds] = [from, '', 0]
    createInterface(child.stdout).on('line', (line) => {
      const message = JSON.parse(line) as { begin: string } | { seen: string | null }
      if ('seen' in message) onOutcome(numDone++, message.seen ?? undefined)
      else [title, startSeconds] = [message.begin, computedSeconds(pid)]
    })
    return new Promise((done, fail) => {
      const timer = setInterval(() => {
        if (title !== '' && computedSeconds(pid) - startSeconds > CHECK_SECONDS) process.kill(-pid, 'SIGKILL')
      }, 1000)
      child.on('close', (code, signal) => {
        clearInterval(timer)
        if (signal === 'SIGKILL') onOutcome(numDone++, `${title} (does not end)`)
        else if (code !== 0) return fail(new Error(`kernelChecks.js ${args.join(' ')} ended with ${signal ?? code}.`))
        done(numDone)
      })
    })
  }

  /** Does `work` while `text` is in the place of `file` and built into `builds`. */
  async #with<Result>(
    { file, text }: FaultyFile,
    builds: readonly string[],
    work: () => Promise<Result>,
  ): Promise<Result> {
    const kept = [file, ...builds.flatMap(outputsOf)].map((name) => ({
      name,
      bytes: readFileSync(join(this.root, name)),
    }))
    try {
      writeFileSync(join(this.root, file), text)
      for (const build of builds) this.#build(build, file)
      return await work()
    } finally {
      for (const { name, bytes } of kept) writeFileSync(join(this.root, name), bytes)
    }
  }

  /** Runs the tests until a run is red; one that is red for its time alone shows nothing on a busy machine and is run once more. */
  async test(runs: readonly (readonly string[])[]): Promise<TestOutcome> {
    for (const run of runs) {
      let outcome = await this.#vitest(run)
      if (outcome.isTimeOut) outcome = await this.#vitest(run)
      if (outcome.isTimeOut) return { isRed: false, redTest: outcome.redTest }
      if (outcome.isRed) return outcome
    }
    return { isRed: false, redTest: '' }
  }

  /** Removes the copy and ends a run of tests that is under way. */
  close(): void {
    if (this.#child?.pid !== undefined && this.#child.exitCode === null) process.kill(-this.#child.pid, 'SIGKILL')
    rmSync(this.root, { recursive: true, force: true })
  }

  #vitest(run: readonly string[]): Promise<TestOutcome> {
    const report = join(this.root, 'report.json')
    rmSync(report, { force: true })
    const options = [
      '--project',
      'unit',
      '--bail',
      '1',
      '--experimental.fsModuleCache',
      '--reporter',
      'json',
      '--outputFile',
      report,
    ]
    const vitest = resolve('node_modules/vitest/vitest.mjs')
    const child = spawn(process.execPath, [vitest, 'run', ...options, ...run], {
      cwd: this.root,
      detached: true,
      stdio: 'ignore',
    })
    this.#child = child
    return new Promise((done) => {
      const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), TEST_MS)
      child.on('exit', (_, signal) => {
        clearTimeout(timer)
        if (signal !== null) done({ isRed: true, isTimeOut: true, redTest: `no end within ${TEST_MS / 1000} s` })
        else if (!existsSync(report)) throw new Error(`vitest run ${run.join(' ')} wrote no report.`)
        else done(outcomeOf(JSON.parse(readFileSync(report, 'utf8')) as VitestReport))
      })
    })
  }

  #build(build: string, changed: string): void {
    const module = WASM_MODULES.find(({ output }) => output === build)
    try {
      const bytes = module === undefined ? this.#guestImage(build, changed) : this.#wasmModule(module, changed)
      for (const output of outputsOf(build)) writeFileSync(join(this.root, output), bytes)
    } catch (cause) {
      throw new BuildError(`${build} with a changed ${changed} does not build.`, { cause })
    }
  }

  #wasmModule(module: WasmModule, changed: string): Buffer {
    const variant = (module.flags ?? []).join(' ')
    const objects = module.sources.map((source) =>
      this.#object({ source, changed, variant }, (object) => compileWasm(module, { source, object, root: this.root })),
    )
    const source = 'objects/faultNumber.c'
    writeFileSync(join(this.root, source), FAULT_NUMBER)
    objects.push(
      this.#object({ source, changed, variant }, (object) => compileWasm(module, { source, object, root: this.root })),
    )
    return generatedWasmFile(module, linkWasm(module, { objects, folder: join(this.root, 'objects') }))
  }

  #guestImage(name: string, changed: string): Buffer {
    const program = GUEST_PROGRAMS.find((one) => one.name === name)
    if (program === undefined) throw new Error(`There is no guest program ${name}.`)
    const objects = guestSources(program).map((source) =>
      this.#object(
        { source, changed, variant: 'guest' },
        (object) => compileGuest(source, { folder: dirname(object), root: this.root }),
        '.o',
      ),
    )
    return linkGuest(program, { objects, libgcc: this.#libgcc, folder: join(this.root, 'objects'), root: this.root })
  }

  /** Object of a source: compiled once, and once more for each change of what it includes. */
  #object(
    p: { source: string; changed: string; variant: string },
    compile: (object: string) => unknown,
    ending = '',
  ): string {
    const isFaulty = p.changed === p.source || includedBy(this.root, p.source).has(p.changed)
    const key = `${p.variant} ${p.source}`
    const known = this.#objects.get(key)
    if (!isFaulty && known !== undefined) return known
    const folder = join(this.root, 'objects', isFaulty ? 'faulty' : String(this.#objects.size))
    mkdirSync(folder, { recursive: true })
    const name = p.source.replace(/^.*\//, '').replace(/\.[cS]$/, '')
    const object = join(folder, ending === '' ? `${this.#objects.size}-${name}.o` : `${name}.o`)
    compile(object)
    if (!isFaulty) this.#objects.set(key, object)
    return object
  }
}

/** Processor time that a process has taken, all its threads together. */
function computedSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_EACH_SECOND
}

/** The files that a build writes: the one that the tests read, and the one that the checks read, the same text as JavaScript. */
function outputsOf(build: string): string[] {
  if (!WASM_MODULES.some(({ output }) => output === build)) return [`guest/images/${build}.elf`]
  return build.endsWith('.ts') ? [build, build.replace('/src/', '/dist/').replace(/ts$/, 'js')] : [build]
}

/** Every file of the repository that a C source includes, directly or not. */
function includedBy(root: string, source: string, found = new Set<string>()): Set<string> {
  const text = readFileSync(join(root, source), 'utf8')
  for (const [, name] of text.matchAll(/^\s*#include "(.+)"/gm)) {
    const places = [dirname(source), ...INCLUDE_FOLDERS].map((folder) => join(folder, name as string))
    const file = places.find((place) => existsSync(join(root, place)))
    if (file === undefined || found.has(file)) continue
    found.add(file)
    includedBy(root, file, found)
  }
  return found
}

function outcomeOf({ success, testResults }: VitestReport): TestOutcome {
  if (success) return { isRed: false, redTest: '' }
  for (const { name, message, assertionResults } of testResults) {
    const file = name.replace(/^.*\/(test|packages)\//, '$1/')
    const failed = assertionResults.find(({ status }) => status === 'failed')
    if (failed !== undefined) {
      const isTimeOut = /^Error: (Test|Hook) timed out/.test(failed.failureMessages[0] ?? '')
      return { isRed: true, isTimeOut, redTest: `${file}: ${failed.fullName}` }
    }
    if (message !== '') return { isRed: false, redTest: `${file} cannot run: ${message.split('\n')[0]}` }
  }
  return { isRed: false, redTest: 'a run without a result' }
}
