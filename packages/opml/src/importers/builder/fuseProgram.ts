import type { Node, Operand, OperandRef } from '../../graph/node.ts'
import type { OperatorTable } from '../../graph/operatorRule.ts'
import { tensorBytes } from '../../graph/shape.ts'
import { fuse } from './fuse.ts'

/** A list of nodes of one section with the nodes whose outputs are results. */
export interface NodeList {
  readonly nodes: readonly Node[]
  /** Numbers in {@link nodes}. */
  readonly outputs: readonly number[]
}

/** A list after fusion. */
export interface FusedList extends NodeList {
  /** Bytes that the nodes that somebody reads would have put out one by one. */
  readonly unfusedBytes: number
  /** Which node of the list each one is, or was the last part of. */
  readonly sources: readonly number[]
}

/**
 * Canonical fusion: drops nodes that nobody reads, and takes each element-wise node into the node that it alone reads.
 *
 * One pass in the order of the nodes, operands a, b, c tried in turn; deterministic, so that anyone who imports a model gets the same program.
 */
export function fuseProgram(list: NodeList, operators: OperatorTable): FusedList {
  const nodes: (Node | undefined)[] = [...list.nodes]
  const uses = countUses(list)
  dropUnused(nodes, uses)
  const unfusedBytes = nodes.reduce((sum, node) => (node ? sum + tensorBytes(node.shape, node.dtype) : sum), 0)
  for (let i = 0; i < nodes.length; i++) fuseInto(nodes, uses, { at: i, operators })
  return { ...compact(nodes, list.outputs), unfusedBytes }
}

/** How often each node is read; being an output counts. */
function countUses({ nodes, outputs }: NodeList): number[] {
  const uses = new Array<number>(nodes.length).fill(0)
  for (const node of nodes) for (const index of nodesReadBy(node)) uses[index]++
  for (const output of outputs) uses[output]++
  return uses
}

function nodesReadBy(node: Node): number[] {
  return node.operands.flatMap((operand) => (operand?.ref.kind === 'node' ? [operand.ref.index] : []))
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
function fuseInto(nodes: (Node | undefined)[], uses: number[], p: { at: number; operators: OperatorTable }): void {
  for (let place = 0; place < 3; place++) {
    const consumer = nodes[p.at]
    const ref = consumer?.operands[place]?.ref
    if (consumer === undefined || ref?.kind !== 'node' || uses[ref.index] !== 1) continue
    const producer = nodes[ref.index]
    const fused = producer && fuse(producer, consumer, { place, operators: p.operators })
    if (fused === undefined) continue
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
