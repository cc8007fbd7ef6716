import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Interpreter, loadElf, type Machine, Translator } from 'opml/vm'
import type { Bench, Figure } from './figure.ts'

/** Guests that run for at least 10^9 instructions, and how often faster than qemu the translator must be. */
const GUESTS = [
  { name: 'int8Network', minRatio: 1.3 },
  { name: 'f32Network', minRatio: 0.9 },
  { name: 'keccak', minRatio: 1 },
  { name: 'quicksort', minRatio: 1 },
] as const

/** Both executors take turns; the best of each counts, since whatever else the machine does only slows them down. */
const NUM_ROUNDS = 3
const INTERPRETED_STEPS = 20_000_000

interface Run {
  readonly cpuSeconds: number
  readonly exitCode: number
}

const seconds = ([, minutes, rest]: RegExpMatchArray): number => 60 * Number(minutes) + Number(rest)

/** CPU time of the guest under qemu, as the shell reports it for its children. */
function runQemu(file: string): Run {
  const { stdout } = spawnSync('sh', ['-c', 'qemu-riscv32 "$1"; echo "exit $?"; times', 'sh', file], {
    encoding: 'utf8',
  })
  const exitCode = Number(/^exit (\d+)$/m.exec(stdout)?.[1])
  if (exitCode === 127) throw new Error('qemu-riscv32 is missing: apt-get install qemu-user')
  const times = [...stdout.matchAll(/(\d+)m([\d.]+)s/g)]
  const [user, system] = times.slice(-2).map(seconds)
  return { cpuSeconds: user + system, exitCode }
}

/** CPU time of all threads, those that compile included. */
function runMachine(create: () => Machine, maxSteps: number): Run & { steps: number } {
  const start = process.cpuUsage()
  const machine = create()
  const steps = machine.run(maxSteps)
  const { user, system } = process.cpuUsage(start)
  return { cpuSeconds: (user + system) / 1e6, exitCode: machine.registers[10], steps }
}

function measure({ name, minRatio }: (typeof GUESTS)[number]): Figure[] {
  const file = fileURLToPath(new URL(`../guests/${name}.elf`, import.meta.url))
  const image = loadElf(readFileSync(file))
  let [best, bestPeer, steps] = [Infinity, Infinity, 0]
  for (let round = 0; round < NUM_ROUNDS; round++) {
    const peer = runQemu(file)
    const own = runMachine(() => new Translator(image), Number.MAX_SAFE_INTEGER)
    if (own.exitCode !== peer.exitCode)
      throw new Error(`${name}: exit code ${own.exitCode}, under qemu ${peer.exitCode}.`)
    steps = own.steps
    best = Math.min(best, own.cpuSeconds)
    bestPeer = Math.min(bestPeer, peer.cpuSeconds)
  }
  const interpreted = runMachine(() => new Interpreter(image), INTERPRETED_STEPS)
  const unit = 'M instructions/s'
  return [
    {
      name: `translator ${name}`,
      value: steps / best / 1e6,
      unit,
      peer: 'qemu-riscv32',
      peerValue: steps / bestPeer / 1e6,
      ratio: bestPeer / best,
      limit: { kind: 'at least', value: minRatio },
    },
    { name: `interpreter ${name}`, value: interpreted.steps / interpreted.cpuSeconds / 1e6, unit },
  ]
}

/** Instructions a second of CPU time, beside qemu-riscv32 on the same file in the same run. */
export const vmSpeed: Bench = {
  name: 'vm',
  about: 'instructions per second of CPU time, translator beside qemu-riscv32 (about a minute)',
  run: async () => GUESTS.flatMap(measure),
}
