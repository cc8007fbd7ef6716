import type { Program } from '../graph/program.ts'

/** A section with its place in the run and in the list of all nodes. */
export type SectionRange = Program['sections'][number] & {
  readonly firstNode: number
  readonly first: number
  readonly last: number
}

/** The sections of a program in their places. */
export function sectionRanges({ sections }: Program): SectionRange[] {
  let [firstNode, first] = [0, 0]
  return sections.map((section) => {
    const range = { ...section, firstNode, first, last: first + section.steps - 1 }
    firstNode += section.nodes.length
    first += section.steps
    return range
  })
}
