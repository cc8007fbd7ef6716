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
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { compileGuest, guestLibrary, linkGuest } from '#guest/compile.js'
import { GUEST_PROGRAMS, guestSources } from '#guest/programs.js'
import { compileWasm, generatedWasmFile, linkWasm, WASM_MODULES, type WasmModule } from '../wasmModules.ts'

const INCLUDE_FOLDERS = ['kernels/include', 'guest/include']
/** Several times what a run of the tests takes on a busy machine; a kernel that does not end is killed then. */
const TEST_MS = 600_000

/** What the tests said. */
export interface TestOutcome {
  readonly isRed: boolean
  /** The first test that failed; of a run that could not begin, which shows nothing, why. */
  readonly redTest: string
}

interface VitestReport {
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

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
    mkdirSync(join(this.root, 'objects/faulty'), { recursive: true })
    this.#libgcc = guestLibrary(this.root)
  }

  /** Puts `text` in the place of `file`, builds, tests, and puts everything back. */
  async tryFault(p: {
    file: string
    text: string
    builds: readonly string[]
    tests: readonly (readonly string[])[]
  }): Promise<TestOutcome> {
    const kept = [p.file, ...p.builds.map(outputOf)].map((file) => ({
      file,
      bytes: readFileSync(join(this.root, file)),
    }))
    try {
      writeFileSync(join(this.root, p.file), p.text)
      try {
        for (const build of p.builds) this.#build(build, p.file)
      } catch {
        return { isRed: false, redTest: '(the change does not compile)' } // the compiler has printed why
      }
      return await this.test(p.tests)
    } finally {
      for (const { file, bytes } of kept) writeFileSync(join(this.root, file), bytes)
    }
  }

  /** Runs the tests until a run is red. */
  async test(runs: readonly (readonly string[])[]): Promise<TestOutcome> {
    for (const run of runs) {
      const outcome = await this.#vitest(run)
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
        if (signal !== null) done({ isRed: true, redTest: `no end within ${TEST_MS / 1000} s` })
        else if (!existsSync(report)) throw new Error(`vitest run ${run.join(' ')} wrote no report.`)
        else done(outcomeOf(JSON.parse(readFileSync(report, 'utf8')) as VitestReport))
      })
    })
  }

  #build(build: string, changed: string): void {
    const module = WASM_MODULES.find(({ output }) => output === build)
    const bytes = module === undefined ? this.#guestImage(build, changed) : this.#wasmModule(module, changed)
    writeFileSync(join(this.root, outputOf(build)), bytes)
  }

  #wasmModule(module: WasmModule, changed: string): Buffer {
    const variant = (module.flags ?? []).join(' ')
    const objects = module.sources.map((source) =>
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

/** The file that a build writes. */
function outputOf(build: string): string {
  return WASM_MODULES.some(({ output }) => output === build) ? build : `guest/images/${build}.elf`
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
    if (failed !== undefined) return { isRed: true, redTest: `${file}: ${failed.fullName}` }
    if (message !== '') return { isRed: false, redTest: `${file} cannot run: ${message.split('\n')[0]}` }
  }
  return { isRed: false, redTest: 'a run without a result' }
}
