import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { manyInOne, type NumberedSite, withoutPure } from './manyInOne.ts'
import type { MutantGroup } from './mutantGroups.ts'
import type { MutantSite } from './mutantSites.ts'

const CONTRACTS = 'contracts'
/** What forge needs beside the sources; `out` and `cache` must be fresh (`npm run build:contracts`), or forge compiles for minutes. */
const PARTS = ['foundry.toml', 'src', 'test', 'tools', 'out', 'cache']
/** What a test may spend: a loop that does not end runs out of it. */
const TEST_GAS = 20_000_000_000
const TEST_MS = 600_000
/** Enough of the optimiser for the stack; the whole of it takes twice the time. */
const OPTIMISER_STEPS = 'dhfoDgvul:fDnTOcmu'

/** What became of a mutant. */
export interface MutantOutcome {
  readonly state: 'seen' | 'unseen' | 'does not compile'
  /** The first test that failed, or what the compiler says. */
  readonly by: string
}

/** The part of the compiler's interface that is used here. */
interface Solc {
  version(): string
  compile(input: string, callbacks: { import(path: string): { contents: string } | { error: string } }): string
}

interface CompilerError {
  readonly severity: string
  readonly message: string
  readonly sourceLocation?: { readonly file: string; readonly start: number }
}

interface CompilerOutput {
  readonly errors?: readonly CompilerError[]
  readonly sources?: Readonly<Record<string, { readonly ast: unknown }>>
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, { evm: { bytecode: { object: string } } }>>>>
}

type Compiled = { readonly code: string } | { readonly error: CompilerError }

/** The mutant whose text the compiler refuses, found by the choice before the place of the error. */
function refusedNumber(text: string, { sourceLocation }: CompilerError): number | undefined {
  const bytes = Buffer.from(text).toString('latin1')
  const start = sourceLocation?.start ?? 0
  const here = /^\(?block\.prevrandao [!=]= (\d+)/.exec(bytes.slice(start))
  const before = [...bytes.slice(0, start).matchAll(/block\.prevrandao [!=]= (\d+)/g)].at(-1)
  const found = here ?? before
  return found === undefined ? undefined : Number(found[1])
}

/** A number as forge reads a word. */
const wordOf = (number: number): string => `0x${number.toString(16).padStart(64, '0')}`

/**
 * A copy of the contracts with what forge made of them. Tests deploy contracts from their artifacts (`Deployer.sol`), so mutants need
 * their own contract compiled and nothing else: forge finds the sources as they were.
 */
export class ScratchContracts {
  readonly #root: string
  readonly #solc: Solc
  /** Tests that are red without a mutant: those that count the gas of the compiler's best code. */
  #redAnyway: readonly string[] = []

  constructor() {
    this.#root = mkdtempSync(join(tmpdir(), 'opml-mutants-'))
    const contracts = join(this.#root, CONTRACTS)
    mkdirSync(contracts)
    // With their times to the nanosecond, which cpSync cuts: forge would compile what is newer than its artifact.
    execFileSync('cp', ['-a', ...PARTS.map((part) => join(CONTRACTS, part)), contracts])
    cpSync('vectors', join(this.#root, 'vectors'), { recursive: true })
    symlinkSync(resolve('node_modules'), join(this.#root, 'node_modules'))
    // SAFETY: the package has no types; `contracts/tools/solc.cjs` relies on the same two functions.
    this.#solc = createRequire(import.meta.url)('solc') as Solc
    this.#answerVersion()
  }

  /** forge asks its compiler for its version on every start, which takes the JavaScript build longer than a run of the tests. */
  #answerVersion(): void {
    const tool = join(this.#root, CONTRACTS, 'tools', 'solc')
    const version = `solc, the solidity compiler commandline interface\nVersion: ${this.#solc.version()}`
    const real = readFileSync(tool, 'utf8').split('\n').slice(1).join('\n')
    writeFileSync(tool, `#!/bin/sh\n[ "$1" = --version ] && { echo '${version}'; exit; }\n${real}`)
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }

  /**
   * Puts one contract with many mutants in the place of a group's contract and runs its tests without any.
   * @returns those that must be compiled alone: they change a constant, or the compiler refuses their choice.
   * @throws {Error} every test of a pattern is red.
   */
  async putMany(group: MutantGroup, sites: readonly NumberedSite[]): Promise<NumberedSite[]> {
    let held = [...sites]
    for (;;) {
      const { texts, left } = this.#manyTexts(held)
      const compiled = this.#compile(group, texts, withoutPure)
      if ('code' in compiled) {
        this.#put(group, compiled.code)
        await this.#findRedAnyway(group)
        const tried = new Set(held.filter((site) => !left.includes(site)))
        return sites.filter((site) => !tried.has(site))
      }
      const refused = refusedNumber(texts.get(compiled.error.sourceLocation?.file ?? '') ?? '', compiled.error)
      if (!held.some(({ number }) => number === refused)) throw new Error(compiled.error.message)
      held = held.filter(({ number }) => number !== refused)
    }
  }

  /** Runs the tests on one of the mutants that are in place. */
  async tryPlaced({ number }: NumberedSite, group: MutantGroup): Promise<MutantOutcome> {
    for (const pattern of group.tests) {
      const red = await this.#redTests(pattern, number)
      if (red === null) return { state: 'unseen', by: `no end after ${TEST_MS / 1000} s` }
      if (red.length > 0) return { state: 'seen', by: red[0] as string }
    }
    return { state: 'unseen', by: '' }
  }

  /** Compiles one mutant alone, puts it in place and runs the tests. */
  async tryAlone(site: MutantSite, group: MutantGroup): Promise<MutantOutcome> {
    const compiled = this.#compile(group, new Map([[`src/${site.file}`, site.mutated]]))
    if ('error' in compiled) return { state: 'does not compile', by: compiled.error.message.split('\n')[0] as string }
    this.#put(group, compiled.code)
    return this.tryPlaced({ ...site, number: 0 }, group)
  }

  #manyTexts(sites: readonly NumberedSite[]): { texts: Map<string, string>; left: NumberedSite[] } {
    const texts = new Map<string, string>()
    const left: NumberedSite[] = []
    for (const file of new Set(sites.map((site) => site.file))) {
      const own = sites.filter((site) => site.file === file)
      const { text } = own[0] as NumberedSite
      const many = manyInOne(text, own, this.#treeOf(text))
      texts.set(`src/${file}`, many.text)
      left.push(...many.left)
    }
    return { texts, left }
  }

  #treeOf(content: string): unknown {
    const settings = { stopAfter: 'parsing', outputSelection: { '*': { '': ['ast'] } } }
    const input = { language: 'Solidity', sources: { file: { content } }, settings }
    const output = JSON.parse(
      this.#solc.compile(JSON.stringify(input), { import: () => ({ contents: '' }) }),
    ) as CompilerOutput
    return output.sources?.['file']?.ast
  }

  /** The creation code of a group's contract, where some files have other texts. */
  #compile(group: MutantGroup, texts: ReadonlyMap<string, string>, change = (text: string) => text): Compiled {
    const contract = `src/${group.contract}`
    const read = (path: string): string => change(texts.get(path) ?? readFileSync(join(CONTRACTS, path), 'utf8'))
    const input = {
      language: 'Solidity',
      sources: { [contract]: { content: read(contract) } },
      settings: {
        evmVersion: 'prague',
        viaIR: true,
        optimizer: { enabled: true, runs: 1, details: { yul: true, yulDetails: { optimizerSteps: OPTIMISER_STEPS } } },
        outputSelection: { [contract]: { '*': ['evm.bytecode.object'] } },
      },
    }
    const text = this.#solc.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) })
    const output = JSON.parse(text) as CompilerOutput
    const error = output.errors?.find(({ severity }) => severity === 'error')
    if (error !== undefined) return { error }
    const code = output.contracts?.[contract]?.[basename(contract, '.sol')]?.evm.bytecode.object
    if (code === undefined) throw new Error(`solc made no code of ${contract}.`)
    return { code }
  }

  /** Makes `getCode` of the tests answer with other code. */
  #put(group: MutantGroup, code: string): void {
    const name = basename(group.contract, '.sol')
    const path = join(this.#root, CONTRACTS, 'out', `${name}.sol`, `${name}.json`)
    const artifact = JSON.parse(readFileSync(path, 'utf8')) as { bytecode: { object: string } }
    artifact.bytecode.object = `0x${code}`
    writeFileSync(path, JSON.stringify(artifact))
  }

  async #findRedAnyway(group: MutantGroup): Promise<void> {
    this.#redAnyway = []
    const red = new Set<string>()
    for (const pattern of group.tests) for (const name of (await this.#redTests(pattern, 0, false)) ?? []) red.add(name)
    this.#redAnyway = [...red]
    if (red.size > 0) console.log(`Left out, red without a mutant: ${this.#redAnyway.join(' ')}`)
  }

  /** The tests that fail on one mutant: the first one, or all; null if the run did not end in time. @throws {Error} forge cannot run. */
  async #redTests(pattern: string, number: number, isFirstEnough = true): Promise<string[] | null> {
    const args = ['test', '--root', '.', '--match-path', pattern, '--color', 'never']
    args.push('--block-prevrandao', wordOf(number))
    if (isFirstEnough) args.push('--fail-fast')
    if (this.#redAnyway.length > 0) args.push('--no-match-test', `^(${this.#redAnyway.join('|')})\\(`)
    const child = spawn(resolve('node_modules/.bin/forge'), args, {
      cwd: join(this.#root, CONTRACTS),
      env: {
        ...process.env,
        FORGE_SNAPSHOT_CHECK: 'false',
        FORGE_SNAPSHOT_EMIT: 'false',
        FOUNDRY_FUZZ_RUNS: '16',
        FOUNDRY_GAS_LIMIT: `${TEST_GAS}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TEST_MS,
      killSignal: 'SIGKILL',
    })
    let text = ''
    child.stdout.on('data', (part: Buffer) => (text += part.toString()))
    child.stderr.on('data', (part: Buffer) => (text += part.toString()))
    const [code, signal] = await new Promise<[number | null, string | null]>((done) =>
      child.on('close', (...ended) => done(ended)),
    )
    if (signal !== null) return null
    const red = [...text.matchAll(/\[FAIL[^\n]*\] (\w+)\(/g)].map((match) => match[1] as string)
    if (red.length === 0 && (code !== 0 || !/ [1-9]\d* tests? passed/.test(text)))
      throw new Error(`forge ran no test of ${pattern}:\n${text.slice(-2000)}`)
    return red
  }
}
