import type { FaultSite } from './faultSites.ts'

/** A fault that was tried. */
export interface FaultResult extends Omit<FaultSite, 'faulty' | 'faultyFunction'> {
  readonly place: 'wasm' | 'guest'
  readonly isRed: boolean
  /** The first test that turned red. */
  readonly redTest: string
}

/** A title inside a cell of a table. */
const shortTitle = (title: string) => title.replaceAll('|', '\\|')

function row({ file, kernel, place }: FaultResult, results: readonly FaultResult[]): string {
  const own = results.filter((one) => one.file === file && one.kernel === kernel && one.place === place)
  const red = own.filter(({ isRed }) => isRed)
  const tests = [...new Set(red.map(({ redTest }) => shortTitle(redTest)))]
  const unseen = own.filter(({ isRed }) => !isRed).map(({ line }) => `line ${line} UNSEEN`)
  return `| \`${file}\` | \`${kernel}\` | ${place} | ${red.length} of ${own.length} | ${[...tests.slice(0, 2), ...unseen].join('<br>')} |`
}

/** The page: one row a function of C and place of the change, with the tests that turned red. */
export function faultReport(results: readonly FaultResult[], p: { numLeftOut: number; numUntried: number }): string {
  const seen = results.filter(({ isRed }) => isRed).length
  const rows = [...new Set(results.map((result) => row(result, results)))]
  return `# One-bit faults in the kernels

Written by \`npm run faults -- --write\`, which changes one bit of a value that a kernel returns or stores, builds the WebAssembly module
or the guest image of it in a scratch folder, and looks whether a test sees it. Where each change goes is a rule
(\`scripts/faults/faultSites.ts\`), so that a new kernel gets its faults by itself. All changes of a file are built at once, one at a time
happens, and the comparisons of the differential tests run without the machinery of tests (\`scripts/faults/kernelChecks.ts\`); what
these do not see is built alone, and the tests themselves run.

${results.length} faults in ${rows.length} functions, ${seen} seen by a test, ${results.length - seen} unseen; ${p.numLeftOut} places are left out because no bit of an output depends on
them (\`scripts/faults/unseenFaults.ts\`), ${p.numUntried} more are not recorded as seen: not tried, or tried in an earlier run and seen by nothing. Whole kernels come first: a row whose file is an operator's or a fast path's
is about its result; then a place in each function, then the others.

| file | function | built into | seen | tests that turned red |
|---|---|---|---|---|
${rows.join('\n')}
`
}
