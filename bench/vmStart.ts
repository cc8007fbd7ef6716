import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadElf, Translator } from 'opml/vm'
import type { Bench, Figure } from './figure.ts'

/** Program images with their networks, and the milliseconds that one digit may take. */
const PROGRAMS = [
  { name: 'mnist-int8', maxMilliseconds: 5 },
  { name: 'mnist-f32', maxMilliseconds: 20 },
] as const

const NUM_DIGITS = 10
/** Their median counts. */
const NUM_PROCESSES = 9
/** The best round of each digit counts, since whatever else the machine does only slows it down. */
const NUM_ROUNDS = 8
const MAX_STEPS = 2 ** 24

const repositoryPath = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const repositoryFile = (path: string): Uint8Array => readFileSync(repositoryPath(path))

/** Milliseconds from the bytes of the program to its answer: loading, a new machine, compilation and the run. */
function inferOnce(program: Uint8Array, pixels: Uint8Array, digit: number): number {
  const start = performance.now()
  const image = loadElf(program)
  const machine = new Translator(image)
  const slot = new Uint8Array(4 + pixels.length)
  new DataView(slot.buffer).setUint32(0, pixels.length, true)
  slot.set(pixels, 4)
  machine.memory.write(image.input.address, slot)
  machine.run(MAX_STEPS)
  const answer = machine.memory.read(image.output.address + 4, 1)[0]
  const milliseconds = performance.now() - start
  if (answer !== digit) throw new Error(`Digit ${digit} was taken for ${answer}.`)
  return milliseconds
}

/** Milliseconds as above, as `opml vm run --json` reports them of the first and only run in its process. */
function inferInNewProcess(name: string, digit: number): number {
  const files = [repositoryPath(`models/${name}.elf`), '--input', repositoryPath(`models/digits/${digit}.bin`)]
  const args = [repositoryPath('apps/cli/bin/opml.js'), 'vm', 'run', ...files, '--json']
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (stdout === '') throw new Error(`opml vm run failed: ${stderr}`)
  const { output, seconds } = JSON.parse(stdout) as { output: string; seconds: number }
  const answer = Number.parseInt(output.slice(2, 4), 16)
  if (answer !== digit) throw new Error(`Digit ${digit} was taken for ${answer}.`)
  return 1000 * seconds
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

function measure({ name, maxMilliseconds }: (typeof PROGRAMS)[number]): Figure[] {
  const program = repositoryFile(`models/${name}.elf`)
  const digits = Array.from({ length: NUM_DIGITS }, (_, digit) => repositoryFile(`models/digits/${digit}.bin`))
  const first = median(Array.from({ length: NUM_PROCESSES }, (_, i) => inferInNewProcess(name, i % NUM_DIGITS)))
  const best = new Array<number>(NUM_DIGITS).fill(Infinity)
  for (let round = 0; round < NUM_ROUNDS; round++) {
    digits.forEach((pixels, digit) => {
      best[digit] = Math.min(best[digit], inferOnce(program, pixels, digit))
    })
  }
  const limit = { kind: 'at most', value: maxMilliseconds } as const
  return [
    { name: `${name}, the slowest digit`, value: Math.max(...best), unit: 'ms', limit },
    { name: `${name}, first run in its process`, value: first, unit: 'ms', limit },
  ]
}

/** Wall time of one inference in a machine that is made for it: in a process that has done it before, and in a new one. */
export const vmStart: Bench = {
  name: 'vm-start',
  about: 'milliseconds for one digit in the machine, program load and compilation included',
  run: async () => PROGRAMS.flatMap(measure),
}
