import { dispute } from './dispute.ts'
import { engine } from './engine.ts'
import { engineIntegers } from './engineIntegers.ts'
import { type Bench, figureTable, isWithinLimit } from './figure.ts'
import { math } from './math.ts'
import { merkle } from './merkle.ts'
import { merkleTrace } from './merkleTrace.ts'
import { phases } from './phases.ts'
import { programDispute } from './programDispute.ts'
import { programTrace } from './programTrace.ts'
import { vmSpeed } from './vmSpeed.ts'
import { vmStart } from './vmStart.ts'

/** Every benchmark, by name. */
const BENCHES: readonly Bench[] = [
  vmSpeed,
  vmStart,
  merkle,
  merkleTrace,
  dispute,
  programDispute,
  phases,
  math,
  engine,
  engineIntegers,
  programTrace,
]

function list(): string {
  const width = Math.max(...BENCHES.map(({ name }) => name.length))
  const lines = BENCHES.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`)
  return `Usage: npm run bench -- NAME [--json]\n\n${lines.join('\n')}`
}

/** Runs one benchmark and prints its figures; the exit code is 1 when a limit is missed, 2 when there is no such benchmark. */
async function main(args: readonly string[]): Promise<number> {
  const name = args.find((arg) => !arg.startsWith('--'))
  const bench = BENCHES.find((candidate) => candidate.name === name)
  if (bench === undefined) {
    console.log(list())
    return name === undefined ? 0 : 2
  }
  const figures = await bench.run()
  console.log(args.includes('--json') ? JSON.stringify({ figures }) : figureTable(figures))
  return figures.every(isWithinLimit) ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
