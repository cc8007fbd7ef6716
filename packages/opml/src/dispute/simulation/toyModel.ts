import type { ModelLevels } from '../kinds.ts'
import { machineLevels, programLevels } from '../kinds.ts'

/** A straight list of nodes, run for a number of steps (spec/02 §1). */
export interface ToySection {
  readonly nodes: number
  readonly steps: number
  /** The node whose first block halts the section. */
  readonly haltNode?: number
}

/** A tensor program without tensors: where its blocks lie and what they are computed from, but not what they mean. */
export interface ToyProgram {
  readonly stepHeight: number
  readonly nodeHeight: number
  readonly blockHeight: number
  readonly sections: readonly ToySection[]
}

/** What a simulated game is about: a machine program, or a tensor program whose blocks a machine computes. */
export interface ToyModel {
  readonly coarseHeight: number
  readonly fineHeight: number
  readonly program?: ToyProgram
}

/** Heights and kinds of a toy model's tournaments. */
export function toyLevels({ coarseHeight, fineHeight, program }: ToyModel): ModelLevels {
  if (program === undefined) return machineLevels({ coarseHeight, fineHeight })
  return programLevels({
    ...program,
    coarseHeight,
    fineHeight,
    numNodes: program.sections.reduce((sum, { nodes }) => sum + nodes, 0),
    numConstants: 0,
    numInputs: 1,
    numOutputs: 1,
    hasHalt: program.sections.some(({ haltNode }) => haltNode !== undefined),
  })
}

/** Steps of a run of the machine: 2^(coarse + fine height). */
export function toySteps({ coarseHeight, fineHeight }: ToyModel): number {
  return 2 ** (coarseHeight + fineHeight)
}

/** A leaf of a program's trace (spec/05). */
export interface ToyPlace {
  readonly position: number
  readonly node: number
  readonly block: number
}

/** Where leaf `index` is. */
export function placeOf({ nodeHeight, blockHeight }: ToyProgram, index: number): ToyPlace {
  const outputs = index >> blockHeight
  return {
    position: outputs >> nodeHeight,
    node: outputs & (2 ** nodeHeight - 1),
    block: index & (2 ** blockHeight - 1),
  }
}

/** The leaf at a place. */
export function indexOf({ nodeHeight, blockHeight }: ToyProgram, { position, node, block }: ToyPlace): number {
  return (((position << nodeHeight) | node) << blockHeight) | block
}

/** A section with its place in the run. */
export interface ToySectionRange extends ToySection {
  readonly first: number
  readonly last: number
  /** Last position and last node of the section before, null for the first one. */
  readonly before: Omit<ToyPlace, 'block'> | null
}

/** The section that a position is in, null past the end. */
export function sectionAt({ sections }: ToyProgram, position: number): ToySectionRange | null {
  let first = 0
  let before: ToySectionRange['before'] = null
  for (const section of sections) {
    const last = first + section.steps - 1
    if (position <= last) return { ...section, first, last, before }
    before = { position: last, node: section.nodes - 1 }
    first = last + 1
  }
  return null
}

/** Blocks of the output of node number `node` of a section: all lengths from 1 to 2^blockHeight occur. */
export function numBlocks({ blockHeight }: ToyProgram, node: number): number {
  return 1 + ((5 * node + 2) % 2 ** blockHeight)
}

/**
 * What a block at a position and node is computed from: up to two outputs. The first is the node before it; for node 0 the last node
 * of the step before; in a section's first step the last node of the section before, or the input. The second is what the node itself
 * made in the step before.
 */
export function operandsOf(
  program: ToyProgram,
  at: Omit<ToyPlace, 'block'>,
): (Omit<ToyPlace, 'block'> | 'input' | null)[] {
  const { position, node } = at
  const section = sectionAt(program, position)
  if (section === null) throw new RangeError(`No section at position ${position}.`)
  const isFirst = position === section.first
  const previous = isFirst ? null : { position: position - 1, node }
  if (node > 0) return [{ position, node: node - 1 }, previous]
  if (!isFirst) return [{ position: position - 1, node: section.nodes - 1 }, previous]
  return [section.before ?? 'input', previous]
}

/** The output that a run stands for: the last node of the last section at its last position. */
export function outputOf({ sections }: ToyProgram): Omit<ToyPlace, 'block'> {
  const position = sections.reduce((sum, { steps }) => sum + steps, 0) - 1
  return { position, node: (sections.at(-1)?.nodes ?? 1) - 1 }
}
