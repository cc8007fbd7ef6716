import type { MutantOutcome } from './scratchContracts.ts'
import type { MutantSite } from './mutantSites.ts'

type MutantPlace = Pick<MutantSite, 'file' | 'line' | 'rule' | 'after'>

/** A mutant that was tried. */
export interface MutantResult extends MutantPlace, MutantOutcome {}

const cell = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``

function fileRow(file: string, results: readonly MutantResult[]): string {
  const own = results.filter((one) => one.file === file && one.state !== 'does not compile')
  const seen = own.filter(({ state }) => state === 'seen')
  return `| \`${file}\` | ${own.length} | ${seen.length} | ${new Set(seen.map(({ by }) => by)).size} |`
}

const row = ({ file, line, rule, after, by, state }: MutantResult): string =>
  `| \`${file}\` ${line} | ${rule} | ${cell(after)} | ${state === 'unseen' ? 'UNSEEN' : by} |`

/** The page: what was tried file by file, what was left out and why, then every mutant with the test that turned red. */
export function mutantReport(
  results: readonly MutantResult[],
  p: {
    readonly leftOut: readonly { readonly site: MutantPlace; readonly why: string }[]
    readonly numUntried: number
  },
): string {
  const tried = results.filter(({ state }) => state !== 'does not compile')
  const unseen = tried.filter(({ state }) => state === 'unseen')
  const files = [...new Set(tried.map(({ file }) => file))]
  return `# Mutants of the contracts of program disputes

Written by \`npm run mutants -- --write\`, which changes one decision of a contract in a scratch copy, compiles that contract alone, and runs the
forge tests that are meant to see it. Where each change goes is a rule (\`scripts/mutants/mutantSites.ts\`), so that a new check gets its mutants by
itself: a condition that never holds (\`never\`), that always holds where it does not revert (\`always\`), that lacks one of its parts; a comparison
shifted by one; a call of a check dropped; one arithmetic operator in the place of another.

${tried.length} mutants compile; ${tried.length - unseen.length} are seen by a test, ${unseen.length} are not. ${p.leftOut.length} are left out because no call can tell them from
the contract (below, with the reason; \`scripts/mutants/equivalentMutants.ts\`), ${p.numUntried} were not tried in this run.

| file of \`contracts/src\` | mutants | seen | by so many tests |
|---|---|---|---|
${files.map((file) => fileRow(file, results)).join('\n')}

## Equivalent

| where | rule | the line becomes | why nothing can tell |
|---|---|---|---|
${p.leftOut.map(({ site, why }) => `| \`${site.file}\` ${site.line} | ${site.rule} | ${cell(site.after)} | ${why} |`).join('\n')}

## All

| where | rule | the line becomes | first test that turned red |
|---|---|---|---|
${tried.map(row).join('\n')}
`
}
