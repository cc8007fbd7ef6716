import type { Node, Program } from 'opml/graph'
import { printableName } from 'opml/importers'
import type { KnownProgramModel } from './modelLibrary.ts'

/** What places are told from: a program, its heights, and its nodes' names. */
type NamedProgram = Pick<KnownProgramModel, 'program' | 'nodeNames'> & {
  readonly model: Pick<KnownProgramModel['model'], 'nodeHeight' | 'blockHeight'>
}

/** A part of the history of a tensor program: a node of the trace tree (spec/05). */
export interface ProgramSubtree {
  /** Above the leaves. */
  readonly height: number
  readonly index: bigint
}

/** Where a leaf of the trace tree is, in the words of the program; null where the tree is larger than the program. */
export interface ProgramPlace {
  /** Over all sections. */
  readonly position: number
  readonly section: number | null
  /** Inside the section. */
  readonly step: number | null
  /** Inside the section. */
  readonly node: number
  readonly operator: string | null
  /** Name of the node in the model that the program was made from, if the bundle tells it. */
  readonly name: string | null
  /** Name of the program's output that the node makes, if it makes one. */
  readonly output: string | null
  /** Name of the first constant or task input that the node reads, if it reads one: weights have the names of the model's file. */
  readonly reads: string | null
  readonly block: number
}

/** The place of leaf `index`. */
export function programPlace({ program, model, nodeNames }: NamedProgram, index: bigint): ProgramPlace {
  const { nodeHeight, blockHeight } = model
  const position = Number(index >> BigInt(nodeHeight + blockHeight))
  const node = Number((index >> BigInt(blockHeight)) & ((1n << BigInt(nodeHeight)) - 1n))
  const block = Number(index & ((1n << BigInt(blockHeight)) - 1n))
  let [first, firstNode] = [0, 0]
  for (const [section, { nodes, steps }] of program.sections.entries()) {
    if (position < first + steps) {
      const operator = nodes[node]?.op ?? null
      const output = program.outputs.find((one) => one.section === section && one.node === node)?.name ?? null
      const reads = nameRead(program, nodes[node])
      const name = (node < nodes.length && nodeNames?.[firstNode + node]) || null
      return { position, section, step: position - first, node, operator, name, output, reads, block }
    }
    first += steps
    firstNode += nodes.length
  }
  return { position, section: null, step: null, node, operator: null, name: null, output: null, reads: null, block }
}

/** Constants before inputs: a node's weights tell more of it than what goes through it. */
function nameRead({ constants, inputs }: Program, node: Node | undefined): string | null {
  const refs = (node?.operands ?? []).map((operand) => operand?.ref)
  const constant = refs.find((ref) => ref?.kind === 'constant')
  const input = refs.find((ref) => ref?.kind === 'input')
  const name = (constant && constants[constant.index]?.name) ?? (input && inputs[input.index]?.name)
  return name === undefined || name === '' ? null : name
}

/** What part of a program a subtree is, for people: steps, then nodes of a step, then blocks of a node, then one block. */
export function describeSubtree(known: NamedProgram, subtree: ProgramSubtree): string {
  const { program } = known
  const { nodeHeight, blockHeight } = known.model
  const { height } = subtree
  const first = programPlace(known, subtree.index << BigInt(height))
  const span = (unit: number): number => 2 ** Math.max(0, height - unit) - 1
  const steps = range('step position', first.position, span(nodeHeight + blockHeight))
  if (height > nodeHeight + blockHeight) return steps
  if (height === nodeHeight + blockHeight) return `${steps}, all nodes`
  const numPositions = program.sections.reduce((sum, section) => sum + section.steps, 0)
  const where = numPositions > 1 ? `${steps}, ` : ''
  if (height > blockHeight) {
    const operators = operatorsIn(program, first, 2 ** (height - blockHeight))
    return `${where}${range('node', first.node, span(blockHeight))} (${operators})`
  }
  const node = `${where}node ${first.node} (${nodeTitle(first)})`
  if (height === blockHeight && height > 0) return `${node}, all of its output`
  return `${node}, ${range('block', first.block, height === 0 ? 0 : 2 ** height - 1)}`
}

/** Operator of a place's node, with the names that tell it from others: its own, else that of what it reads. */
export function nodeTitle({
  operator,
  name,
  output,
  reads,
}: Pick<ProgramPlace, 'operator' | 'name' | 'output' | 'reads'>): string {
  if (operator === null) return 'past the end'
  const what =
    name === null ? (reads === null ? operator : `${operator} of ${quoted(reads)}`) : `${operator} ${quoted(name)}`
  return output === null ? what : `${what}, output ${quoted(output)}`
}

const quoted = (name: string): string => `"${printableName(name)}"`

/** A block of a program, for people. */
export function placeText(place: ProgramPlace): string {
  return `block ${place.block} of node ${place.node} (${nodeTitle(place)}) at step position ${place.position}`
}

const MAX_OPERATORS = 4

function operatorsIn(program: Program, first: ProgramPlace, count: number): string {
  const nodes = first.section === null ? [] : (program.sections[first.section]?.nodes ?? [])
  const operators = nodes.slice(first.node, first.node + count).map(({ op }) => op)
  if (operators.length === 0) return 'past the end'
  const shown = operators.slice(0, MAX_OPERATORS).join(', ')
  return operators.length > MAX_OPERATORS ? `${shown}, …` : shown
}

function range(what: string, first: number, more: number): string {
  return more === 0 ? `${what} ${first}` : `${what}s ${first} to ${first + more}`
}
