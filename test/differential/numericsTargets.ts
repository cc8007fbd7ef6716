import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Machine } from '../../packages/opml/src/vm/machine.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import { NUMERICS_RULES, type NumericsRule } from '../../scripts/math/numericsRules.ts'
import { type NumericsTarget, wasmTargets } from '../../scripts/math/wasmTargets.ts'
import { loadGuest, runGuest } from './guestProgram.ts'

const numberOf = (rule: NumericsRule) => NUMERICS_RULES.indexOf(rule)

const reference: NumericsTarget = {
  name: 'TypeScript',
  has: () => true,
  apply: (rule, a, b) => rule.apply(a, b),
}

const image = loadGuest('guest/images/numerics.elf')
/** Pairs that fit the guest's input slot. */
const GUEST_PAIRS = 100_000
let machine: Machine | undefined

/** Runs the guest program on at most {@link GUEST_PAIRS} operands; also says how many instructions it took. */
export function runNumericsGuest(rule: NumericsRule, a: Uint32Array, b: Uint32Array) {
  machine ??= new Translator(image)
  const words = new Uint32Array(1 + 2 * a.length)
  words[0] = numberOf(rule)
  words.set(a, 1)
  words.set(b, 1 + a.length)
  const run = runGuest({ machine, image, input: new Uint8Array(words.buffer), maxSteps: 2 ** 40 })
  if (run.exitCode !== 0)
    throw new Error(`The guest ended at pc ${run.pc.toString(16)} with exit code ${run.exitCode}.`)
  return { results: new Uint32Array(run.output.slice().buffer), steps: run.steps }
}

const guest: NumericsTarget = {
  name: 'guest',
  has: () => true,
  apply: (rule, a, b) => {
    if (rule.kind === 'reduction') return runNumericsGuest(rule, a, b).results
    const results = new Uint32Array(a.length)
    for (let start = 0; start < a.length; start += GUEST_PAIRS) {
      const part = (x: Uint32Array) => x.subarray(start, start + GUEST_PAIRS)
      results.set(runNumericsGuest(rule, part(a), part(b)).results, start)
    }
    return results
  },
}

/** The targets that need no compiler. */
export const NUMERICS_TARGETS: readonly NumericsTarget[] = [reference, guest, ...wasmTargets()]

const C_FLAGS = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-fwrapv', '-ffp-contract=off', '-fno-math-errno']
const SOURCES = ['test/native/numericsCheck.c', 'kernels/math/math_scalar.c', 'kernels/ops/f32.c']

/** Compiles test/native/numericsCheck.c with gcc and MPFR, and returns the program's path. */
export function buildNumericsCheck(): string {
  const program = join(mkdtempSync(join(tmpdir(), 'opml-numerics-')), 'numericsCheck')
  const args = [...C_FLAGS, '-Ikernels/include', ...SOURCES, '-o', program, '-lmpfr', '-lgmp']
  const run = spawnSync('gcc', args, { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8' })
  if (run.status !== 0)
    throw new Error(`gcc failed (Debian packages gcc, libmpfr-dev): ${run.error?.message ?? run.stderr}`)
  return program
}

/** The C code as gcc builds it for this machine. */
export function nativeTarget(program: string): NumericsTarget {
  return {
    name: 'native C',
    has: () => true,
    apply: (rule, a, b) => {
      const input = new Uint32Array(2 * a.length)
      input.set(a)
      input.set(b, a.length)
      const args = ['apply', String(numberOf(rule)), String(a.length)]
      const run = spawnSync(program, args, { input: new Uint8Array(input.buffer), maxBuffer: 2 ** 28 })
      if (run.status !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${run.status}.`)
      return new Uint32Array(new Uint8Array(run.stdout).buffer)
    },
  }
}
