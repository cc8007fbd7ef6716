import type { MutantSite } from './mutantSites.ts'

/** Mutants that no call can tell from the contract, by file, line and reason. One whose change matters is never here: it gets a test. */
const EQUIVALENT: readonly { readonly file: string; readonly after: RegExp; readonly why: string }[] = []

/** Why no test can see a mutant; undefined for one that a test must see. */
export function whyEquivalent({ file, after }: Pick<MutantSite, 'file' | 'after'>): string | undefined {
  return EQUIVALENT.find((one) => one.file === file && one.after.test(after))?.why
}
