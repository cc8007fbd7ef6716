// Changes one decision of a contract in a scratch copy and expects a forge test to turn red. Ends with exit code 1 if a mutant goes unseen.
// Run: npm run mutants [-- --only PATTERN] [--write] [--list] [--results FILE], which keeps what was seen, so that a run can be cut short
// and taken up; with --recorded nothing is run. `npm run build:contracts` must be up to date.
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { whyEquivalent } from './mutants/equivalentMutants.ts'
import { MUTANT_GROUPS, type MutantGroup } from './mutants/mutantGroups.ts'
import { mutantReport, type MutantResult } from './mutants/mutantReport.ts'
import { type MutantSite, mutantSites } from './mutants/mutantSites.ts'
import { type MutantOutcome, ScratchContracts } from './mutants/scratchContracts.ts'

const REPORT = 'docs/contract-mutants.md'
const SOURCES = 'contracts/src'

interface Mutant {
  readonly site: MutantSite
  readonly group: MutantGroup
}

function allMutants(): Mutant[] {
  const files = (readdirSync(SOURCES, { recursive: true }) as string[]).filter((name) => name.endsWith('.sol')).sort()
  return MUTANT_GROUPS.flatMap((group) =>
    files
      .filter((file) => group.file.test(file))
      .flatMap((file) => mutantSites(file, readFileSync(`${SOURCES}/${file}`, 'utf8')))
      .map((site) => ({ site, group })),
  )
}

const labelOf = ({ file, line, rule, after }: Omit<MutantSite, 'mutated'>): string =>
  `${file}:${line} ${rule}: ${after}`

/** Tells a mutant from every other one of every state of the file. */
const keyOf = ({ file, mutated }: MutantSite): string => createHash('sha256').update(`${file} ${mutated}`).digest('hex')

/** Mutants that an earlier run has seen, or could not compile. */
function knownOutcomes(file: string): Map<string, MutantOutcome> {
  if (!existsSync(file)) return new Map()
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return new Map(lines.map((line) => JSON.parse(line) as [string, MutantOutcome]))
}

/** The tests must be green before a red one says anything. */
async function checkGreen(scratch: ScratchContracts, mutants: readonly Mutant[]): Promise<void> {
  for (const pattern of new Set(mutants.flatMap(({ group }) => group.tests))) {
    const red = await scratch.test(pattern)
    if (red !== null) throw new Error(`Red without any change: ${red}`)
  }
}

async function tryAll(mutants: readonly Mutant[], file: string): Promise<MutantResult[]> {
  const scratch = new ScratchContracts()
  const results: MutantResult[] = []
  try {
    await checkGreen(scratch, mutants)
    for (const [i, { site, group }] of mutants.entries()) {
      const start = performance.now()
      const outcome = await scratch.tryMutant(site, group)
      results.push({ ...site, ...outcome })
      if (file !== '' && outcome.state !== 'unseen') appendFileSync(file, `${JSON.stringify([keyOf(site), outcome])}\n`)
      const seconds = Math.round((performance.now() - start) / 1000)
      const state = outcome.state === 'unseen' ? 'UNSEEN' : outcome.state
      console.log(`${state} ${labelOf(site)}: ${outcome.by} (${seconds} s, ${mutants.length - i - 1} left)`)
    }
  } finally {
    scratch.close()
  }
  return results
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      results: { type: 'string', default: '' },
      recorded: { type: 'boolean', default: false },
    },
  })
  const mutants = allMutants().filter(({ site }) => new RegExp(values.only).test(labelOf(site)))
  if (values.list) return console.log(mutants.map(({ site }) => labelOf(site)).join('\n'))
  const leftOut = mutants.flatMap(({ site }) => {
    const why = whyEquivalent(site)
    return why === undefined ? [] : [{ site, why }]
  })
  const queue = mutants.filter(({ site }) => whyEquivalent(site) === undefined)
  const known = knownOutcomes(values.results)
  const untried = queue.filter(({ site }) => !known.has(keyOf(site)))
  const tried = values.recorded || untried.length === 0 ? [] : await tryAll(untried, values.results)
  const fresh = new Map(tried.map((result) => [labelOf(result), result]))
  const results = queue.flatMap(({ site }): MutantResult[] => {
    const outcome = known.get(keyOf(site)) ?? fresh.get(labelOf(site))
    return outcome === undefined ? [] : [{ ...site, state: outcome.state, by: outcome.by }]
  })
  const report = mutantReport(results, { leftOut, numUntried: queue.length - results.length })
  if (values.write) writeFileSync(REPORT, report)
  const unseen = results.filter(({ state }) => state === 'unseen')
  if (unseen.length > 0) process.exitCode = 1
  console.log(`${results.length} mutants, ${unseen.length} unseen, ${leftOut.length} equivalent.`)
}

await main()
