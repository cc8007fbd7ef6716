import type { Node, Operand, OperandRef } from '../../graph/node.ts'
import type { OperatorTable } from '../../graph/operatorRule.ts'
import { tensorBytes } from '../../graph/shape.ts'
import { ConstantPool } from './constantPool.ts'
import { fuse } from './fuse.ts'
import { normalizeMap } from './normalizeMap.ts'
import { WrittenOut } from './writtenOut.ts'
import type { BuilderConstant } from './programBuilder.ts'

/** A list of nodes of one section with the nodes whose outputs are results. */
export interface NodeList {
  readonly nodes: readonly Node[]
  /** Numbers in {@link nodes}. */
  readonly outputs: readonly number[]
}

/** A list and the constants that its nodes read. */
export interface ListWithConstants extends NodeList {
  readonly constants: readonly BuilderConstant[]
}

/** A list after fusion. */
export interface FusedList extends ListWithConstants {
  /** Bytes that the nodes that somebody reads would have put out one by one. */
  readonly unfusedBytes: number
  /** Which node of the list each one is, or was the last part of. */
  readonly sources: readonly number[]
}

/**
 * Canonical fusion: drops nodes that nobody reads, puts one node in place of a normalisation or a softmax that is written out, and takes each
 * element-wise node into the node that it alone reads.
 *
 * One pass in the order of the nodes, operands a, b, c tried in turn; deterministic, so that anyone who imports a model gets the same program.
 * Constants that a fused node has no places for are joined to one; the old ones stay in the list.
 */
export function fuseProgram(list: ListWithConstants, operators: OperatorTable): FusedList {
  const nodes: (Node | undefined)[] = list.nodes.map((node) => normalizeMap(node, list.constants))
  dropUnused(nodes, countUses(nodes, list.outputs))
  const unfusedBytes = nodes.reduce((sum, node) => (node ? sum + tensorBytes(node.shape, node.dtype) : sum), 0)
  const uses = replaceWrittenOut(nodes, list.outputs)
  const pool = new ConstantPool(list.constants)
  for (let i = 0; i < nodes.length; i++) fuseInto(nodes, uses, { at: i, operators, pool })
  return { ...compact(nodes, list.outputs), constants: pool.constants, unfusedBytes }
}

/** Puts operators in place of what spells them out; returns how often each node is read then. */
function replaceWrittenOut(nodes: (Node | undefined)[], outputs: readonly number[]): number[] {
  let uses = countUses(nodes, outputs)
  for (let i = 0; i < nodes.length; i++) {
    const found = new WrittenOut(nodes, uses).replacementOf(i)
    if (found === undefined) continue
    for (const { at, node } of found) nodes[at] = node
    uses = countUses(nodes, outputs)
    dropUnused(nodes, uses)
  }
  return uses
}

/** How often each node is read; being an output counts. */
function countUses(nodes: readonly (Node | undefined)[], outputs: readonly number[]): number[] {
  const uses = new Array<number>(nodes.length).fill(0)
  for (const node of nodes) for (const index of nodesReadBy(node)) uses[index]++
  for (const output of outputs) uses[output]++
  return uses
}

function nodesReadBy(node: Node | undefined): number[] {
  return (node?.operands ?? []).flatMap((operand) => (operand?.ref.kind === 'node' ? [operand.ref.index] : []))
}

function dropUnused(nodes: (Node | undefined)[], uses: number[]): void {
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]
    if (node === undefined || uses[i] > 0) continue
    for (const index of nodesReadBy(node)) uses[index]--
    nodes[i] = undefined
  }
}

/** Lets node `at` take in what it reads, as long as something can be taken in. */
function fuseInto(
  nodes: (Node | undefined)[],
  uses: number[],
  p: { at: number; operators: OperatorTable; pool: ConstantPool },
): void {
  for (let place = 0; place < 3; place++) {
    const consumer = nodes[p.at]
    const ref = consumer?.operands[place]?.ref
    if (consumer === undefined || ref?.kind !== 'node' || uses[ref.index] !== 1) continue
    const producer = nodes[ref.index]
    const fused = producer && fuse(producer, consumer, { ...p, place })
    if (fused === undefined) continue
    for (const index of [...nodesReadBy(producer), ...nodesReadBy(consumer)]) uses[index]--
    for (const index of nodesReadBy(fused)) uses[index]++
    nodes[p.at] = fused
    nodes[ref.index] = undefined
    if (fused.op !== 'Map') return
    place = -1
  }
}

/** The nodes that are left, renumbered. */
function compact(
  nodes: readonly (Node | undefined)[],
  outputs: readonly number[],
): NodeList & Pick<FusedList, 'sources'> {
  const numbers = new Map<number, number>()
  const kept: Node[] = []
  nodes.forEach((node, i) => {
    if (node === undefined) return
    numbers.set(i, kept.length)
    kept.push({
      ...node,
      operands: node.operands.map((operand) => operand && moved(operand, numbers)) as unknown as Node['operands'],
    })
  })
  return { nodes: kept, outputs: outputs.map((output) => numbers.get(output) as number), sources: [...numbers.keys()] }
}

function moved(operand: Operand, numbers: ReadonlyMap<number, number>): Operand {
  const ref: OperandRef =
    operand.ref.kind === 'node' ? { kind: 'node', index: numbers.get(operand.ref.index) as number } : operand.ref
  return { ...operand, ref }
}
