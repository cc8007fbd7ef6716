import type { MutantSite } from './mutantSites.ts'

/** Mutants that no call can tell from the contract, by file, line and reason. One whose change matters is never here: it gets a test. */
const EQUIVALENT: readonly { readonly file: string; readonly after: RegExp; readonly why: string }[] = [
  {
    file: 'graph/Descriptor.sol',
    after: /^if \(\(!hasSection && _ref\.section != 0\)\) return false;$/,
    why: 'a kind above the last one names nothing: the referee reads the zero tensor as for an invalid reference',
  },
  {
    file: 'graph/Descriptor.sol',
    after: /^if \(false\) return true;$/,
    why: 'kind zero is the zero tensor whether it is valid or not',
  },
  {
    file: 'libraries/ProgramChecks.sol',
    after: /^max_ = _a >= _b \? _a : _b;$/,
    why: 'of two equal numbers either is the greater',
  },
]

/** Why no test can see a mutant; undefined for one that a test must see. */
export function whyEquivalent({ file, after }: Pick<MutantSite, 'file' | 'after'>): string | undefined {
  return EQUIVALENT.find((one) => one.file === file && one.after.test(after))?.why
}
