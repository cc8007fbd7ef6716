// Runs cases from a number on, one after the other; the parent ends it. Arguments: seed, first index, stride.
import { runCase, type CaseResult } from './fuzzCase.ts'
import { seedFiles } from './seedModels.ts'

/** What the child tells: that a case begins, and what became of it. */
export type ChildMessage =
  | { readonly kind: 'begin'; readonly index: number }
  | { readonly kind: 'end'; readonly index: number; readonly result: CaseResult }

const [seed = 0, first = 0, stride = 1] = process.argv.slice(2).map(Number)
const files = seedFiles()
const tell = (message: ChildMessage): Promise<void> =>
  new Promise((resolve, reject) =>
    process.send?.(message, (error: Error | null) => (error === null ? resolve() : reject(error))),
  )

process.once('disconnect', () => process.exit())
for (let index = first; ; index += stride) {
  await tell({ kind: 'begin', index })
  await tell({ kind: 'end', index, result: runCase(files, { seed, index }) })
}
