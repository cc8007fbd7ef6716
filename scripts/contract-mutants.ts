// Changes one decision of a contract in a scratch copy and expects a forge test to turn red. Ends with exit code 1 if a mutant goes unseen.
// Run: npm run mutants [-- --only PATTERN] [--write] [--list] [--results FILE], which keeps what became of each, so that a run can be cut
// short and taken up; with --recorded nothing is run. `npm run build:contracts` must be up to date.
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

const labelOf = ({ file, line, rule, after }: Pick<MutantSite, 'file' | 'line' | 'rule' | 'after'>): string =>
  `${file}:${line} ${rule}: ${after}`

/** Tells a mutant from every other one of every state of the file. */
const keyOf = ({ file, mutated }: MutantSite): string => createHash('sha256').update(`${file} ${mutated}`).digest('hex')

/** What became of mutants in earlier runs. */
function knownOutcomes(file: string): Map<string, MutantOutcome> {
  if (!existsSync(file)) return new Map()
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return new Map(lines.map((line) => JSON.parse(line) as [string, MutantOutcome]))
}

/** Tries the mutants of one group, those that share a compiled contract first. */
async function tryGroup(
  group: MutantGroup,
  sites: readonly MutantSite[],
  tell: (site: MutantSite, outcome: MutantOutcome) => void,
) {
  const numbered = sites.map((site, i) => ({ ...site, number: i + 1 }))
  const scratch = new ScratchContracts()
  try {
    const alone = await scratch.putMany(group, numbered)
    for (const site of numbered.filter((one) => !alone.includes(one))) tell(site, await scratch.tryPlaced(site, group))
    for (const site of alone) tell(site, await scratch.tryAlone(site, group))
  } finally {
    scratch.close()
  }
}

/** What becomes of each mutant, by its key. */
async function tryAll(mutants: readonly Mutant[], file: string): Promise<Map<string, MutantOutcome>> {
  const results = new Map<string, MutantOutcome>()
  let start = performance.now()
  const tell = (site: MutantSite, outcome: MutantOutcome): void => {
    results.set(keyOf(site), outcome)
    if (file !== '' && outcome.state !== 'unseen') appendFileSync(file, `${JSON.stringify([keyOf(site), outcome])}\n`)
    const seconds = Math.round((performance.now() - start) / 1000)
    start = performance.now()
    const state = outcome.state === 'unseen' ? 'UNSEEN' : outcome.state
    console.log(`${state} ${labelOf(site)}: ${outcome.by} (${seconds} s, ${mutants.length - results.size} left)`)
  }
  for (const group of MUTANT_GROUPS) {
    const sites = mutants.filter((one) => one.group === group).map(({ site }) => site)
    if (sites.length > 0) await tryGroup(group, sites, tell)
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
  // What was unseen is tried again: the tests may be others now.
  const untried = queue.filter(({ site }) => (known.get(keyOf(site))?.state ?? 'unseen') === 'unseen')
  const fresh = values.recorded ? new Map<string, MutantOutcome>() : await tryAll(untried, values.results)
  const results = queue.flatMap(({ site }): MutantResult[] => {
    const outcome = fresh.get(keyOf(site)) ?? known.get(keyOf(site))
    return outcome === undefined ? [] : [{ ...site, ...outcome }]
  })
  const report = mutantReport(results, { leftOut, numUntried: queue.length - results.length })
  if (values.write) writeFileSync(REPORT, report)
  const unseen = results.filter(({ state }) => state === 'unseen')
  if (unseen.length > 0) process.exitCode = 1
  console.log(`${results.length} mutants, ${unseen.length} unseen, ${leftOut.length} equivalent.`)
}

await main()
