import type { Node, Operand, Operands } from '../graph/node.ts'
import { denseStrides, numElements } from '../graph/shape.ts'

/** Most members of a chain, and values of its micro-ops and their immediates: MAX_CHAIN and MAX_CHAIN_VALUES in kernels/engine/engine.h. */
const [MAX_MEMBERS, MAX_VALUES] = [8, 128]

/**
 * Which nodes of a section run together: a chain is a node and the Maps right after it that take its elements one by one, so that a thread
 * does them on a strip of elements while these are in its cache.
 */
export interface ChainPlan {
  /** First node of each node's chain: itself, where nothing is followed. */
  readonly heads: readonly number[]
  /** Last node of each node's chain. */
  readonly ends: readonly number[]
  /** Whether a node's output is read beyond its chain; another needs no place. */
  readonly isStored: readonly boolean[]
}

/** What {@link planChains} takes. */
export interface ChainRequest {
  readonly nodes: readonly Node[]
  /** Whether a node's kernel makes its output strip by strip. */
  readonly hasStrips: (node: number) => boolean
  /** Nodes whose output is read after the step. */
  readonly kept: ReadonlySet<number>
}

/** Chains of a section as long as they get. */
export function planChains({ nodes, hasStrips, kept }: ChainRequest): ChainPlan {
  const heads = nodes.map((_, i) => i)
  const ends = [...heads]
  for (let head = 0; head < nodes.length; head = (ends[head] as number) + 1) {
    if (!hasStrips(head)) continue
    let values = numValues(nodes[head] as Node)
    for (let i = head + 1; i < nodes.length && i - head < MAX_MEMBERS; i++) {
      values += numValues(nodes[i] as Node)
      if (values > MAX_VALUES || !canFollow(nodes, { head, follower: i })) break
      heads[i] = head
      ends[head] = i
    }
    ends.fill(ends[head] as number, head, (ends[head] as number) + 1)
  }
  const isStored = nodes.map((_, i) => kept.has(i) || ends[i] === i)
  nodes.forEach(({ operands }, i) => {
    for (const operand of operands)
      if (operand?.ref.kind === 'node' && heads[operand.ref.index] !== heads[i]) isStored[operand.ref.index] = true
  })
  return { heads, ends, isStored }
}

/** The word `chained` of a command: a byte an operand, 1 + the number of the member of the chain that it is the output of, or 0. */
export function chainedWord(operands: Operands, { head, node }: { head: number; node: number }): number {
  return operands.reduce<number>((word, operand, place) => {
    const isChained = head !== node && operand?.ref.kind === 'node' && operand.ref.index >= head
    return isChained ? word | ((operand.ref.index - head + 1) << (8 * place)) : word
  }, 0)
}

function numValues({ microOps }: Node): number {
  return microOps.reduce((sum, { sources }) => sum + (sources.includes('imm') ? 2 : 1), 0)
}

/** Whether node `follower` takes elements of the chain from `head` on as they come, and all else from before it. */
function canFollow(nodes: readonly Node[], p: { head: number; follower: number }): boolean {
  const node = nodes[p.follower] as Node
  const elements = numElements(node.shape)
  if (node.op !== 'Map' || elements === 0 || elements !== numElements((nodes[p.head] as Node).shape)) return false
  let isFollowing = false
  for (const [place, operand] of node.operands.entries()) {
    if (operand?.ref.kind !== 'node' || operand.ref.index < p.head) continue
    if (!isElementwise(node, operand, place) || operand.dtype !== (nodes[operand.ref.index] as Node).dtype) return false
    isFollowing = true
  }
  return isFollowing
}

/** Whether element e of the output takes element e of the operand. */
function isElementwise({ shape, microOps }: Node, { layout }: Operand, place: number): boolean {
  if (layout.kind !== 'view' || layout.offset !== 0) return false
  if (microOps.some(({ name, sources, imm }) => name === 'load' && sources[0] === place && imm !== 0)) return false
  const dense = denseStrides(shape)
  return layout.strides.every((stride, d) => shape[d] === 1 || stride === dense[d])
}
