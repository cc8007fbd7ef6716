import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { MutantGroup } from './mutantGroups.ts'
import type { MutantSite } from './mutantSites.ts'

const CONTRACTS = 'contracts'
/** What forge needs beside the sources; `out` and `cache` must be fresh (`npm run build:contracts`), or forge compiles for minutes. */
const PARTS = ['foundry.toml', 'src', 'test', 'tools', 'out', 'cache']
/** A mutant whose loop does not end is killed then. */
const TEST_MS = 900_000

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

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly message: string }[]
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, { evm: { bytecode: { object: string } } }>>>>
}

/**
 * A copy of the contracts with what forge made of them. Tests deploy contracts from their artifacts (`Deployer.sol`), so a mutant needs
 * its own contract compiled and nothing else: forge finds the sources as they were.
 */
export class ScratchContracts {
  readonly #root: string
  readonly #solc: Solc

  constructor() {
    this.#root = mkdtempSync(join(tmpdir(), 'opml-mutants-'))
    for (const part of PARTS)
      cpSync(join(CONTRACTS, part), join(this.#root, CONTRACTS, part), { recursive: true, preserveTimestamps: true })
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

  /** Puts a mutant in the place of its contract and runs the tests that are meant to see it. */
  async tryMutant(site: MutantSite, group: MutantGroup): Promise<MutantOutcome> {
    const compiled = this.#compile(site, group)
    if ('error' in compiled) return { state: 'does not compile', by: compiled.error }
    const name = basename(group.contract, '.sol')
    const path = join(this.#root, CONTRACTS, 'out', `${name}.sol`, `${name}.json`)
    const kept = readFileSync(path, 'utf8')
    const artifact = JSON.parse(kept) as { bytecode: { object: string } }
    artifact.bytecode.object = `0x${compiled.code}`
    writeFileSync(path, JSON.stringify(artifact))
    try {
      for (const pattern of group.tests) {
        const red = await this.test(pattern)
        if (red !== null) return { state: 'seen', by: red }
      }
      return { state: 'unseen', by: '' }
    } finally {
      writeFileSync(path, kept)
    }
  }

  /** The first test that fails, null if none does. @throws {Error} forge cannot run. */
  async test(pattern: string): Promise<string | null> {
    const args = ['test', '--root', '.', '--match-path', pattern, '--fail-fast', '--color', 'never']
    const child = spawn(resolve('node_modules/.bin/forge'), args, {
      cwd: join(this.#root, CONTRACTS),
      env: { ...process.env, FORGE_SNAPSHOT_CHECK: 'false', FORGE_SNAPSHOT_EMIT: 'false', FOUNDRY_FUZZ_RUNS: '16' },
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
    if (signal !== null) return `no end after ${TEST_MS / 1000} s`
    const red = /\[FAIL[^\n]*\] (\w+)\(/.exec(text)?.[1]
    if (red !== undefined) return red
    if (code !== 0 || !/ [1-9]\d* tests? passed/.test(text))
      throw new Error(`forge ran no test of ${pattern}:\n${text.slice(-2000)}`)
    return null
  }

  #compile(site: MutantSite, group: MutantGroup): { code: string } | { error: string } {
    const [mutant, contract] = [`src/${site.file}`, `src/${group.contract}`]
    const read = (path: string): string =>
      path === mutant ? site.mutated : readFileSync(join(CONTRACTS, path), 'utf8')
    const input = {
      language: 'Solidity',
      sources: { [contract]: { content: read(contract) } },
      settings: {
        evmVersion: 'prague',
        viaIR: group.viaIR,
        optimizer: { enabled: group.viaIR, runs: 800 },
        outputSelection: { [contract]: { '*': ['evm.bytecode.object'] } },
      },
    }
    const text = this.#solc.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) })
    const output = JSON.parse(text) as CompilerOutput
    const error = output.errors?.find(({ severity }) => severity === 'error')
    if (error !== undefined) return { error: error.message.split('\n')[0] as string }
    const code = output.contracts?.[contract]?.[basename(contract, '.sol')]?.evm.bytecode.object
    return code === undefined ? { error: 'no code' } : { code }
  }
}
