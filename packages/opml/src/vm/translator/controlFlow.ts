import type { Block, Edge, Terminator } from './region.ts'

/** Most instructions that may retire between two checks of the step budget, apart from the block that passes it. */
const MAX_UNCHECKED = 192

/** A block in the control-flow graph of a region. */
export interface FlowNode {
  readonly block: Block
  /** Position in reverse postorder, from 0. */
  readonly order: number
  /** Blocks reached by other than back edges from more than one edge: they need a label to be reached from all. */
  readonly isMerge: boolean
  readonly isLoopHeader: boolean
  /** Merge nodes that this node immediately dominates, latest in reverse postorder first. */
  readonly merges: readonly FlowNode[]
  /** The most steps from here to the next check of the budget, when there is a check before this block; else undefined. */
  readonly checkSteps: number | undefined
}

/** A reducible control-flow graph: every cycle is entered at one block only. */
export interface FlowGraph {
  readonly entry: FlowNode
  nodeOf(block: Block): FlowNode
}

/** Edges of a terminator. */
export function edgesOf(terminator: Terminator): readonly Edge[] {
  switch (terminator.kind) {
    case 'jump':
      return [terminator.to]
    case 'branch':
      return [terminator.notTaken, terminator.taken]
    case 'indirect':
      return terminator.guesses.map((guess) => guess.to)
    case 'stop':
      return []
  }
}

function successorsOf(block: Block): Block[] {
  return edgesOf(block.terminator).flatMap((edge) => (edge.kind === 'block' ? [edge.block] : []))
}

/** The blocks reachable from `entry` in reverse postorder. */
function reversePostorder(entry: Block): Block[] {
  const order: Block[] = []
  const seen = new Set<Block>([entry])
  const stack = [{ block: entry, rest: successorsOf(entry) }]
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.rest.shift()
    if (next === undefined) {
      order.push(top.block)
      stack.pop()
    } else if (!seen.has(next)) {
      seen.add(next)
      stack.push({ block: next, rest: successorsOf(next) })
    }
  }
  return order.reverse()
}

/** Numbered graph: successors and predecessors by position in reverse postorder, one entry an edge. */
interface Numbered {
  readonly blocks: readonly Block[]
  readonly successors: readonly (readonly number[])[]
  readonly predecessors: readonly (readonly number[])[]
}

function numberBlocks(entry: Block): Numbered {
  const blocks = reversePostorder(entry)
  const position = new Map(blocks.map((block, i) => [block, i]))
  const successors = blocks.map((block) => successorsOf(block).map((to) => position.get(to) ?? 0))
  const predecessors: number[][] = blocks.map(() => [])
  successors.forEach((list, from) => {
    for (const to of list) predecessors[to].push(from)
  })
  return { blocks, successors, predecessors }
}

/**
 * The immediate dominator of each node; the entry's is itself.
 *
 * @see Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001)
 */
function immediateDominators({ blocks, predecessors }: Numbered): Int32Array {
  const idom = new Int32Array(blocks.length).fill(-1)
  idom[0] = 0
  const meet = (a: number, b: number): number => {
    let [x, y] = [a, b]
    while (x !== y) {
      if (x > y) x = idom[x]
      else y = idom[y]
    }
    return x
  }
  for (let isChanged = true; isChanged; ) {
    isChanged = false
    for (let node = 1; node < blocks.length; node++) {
      let dominator = -1
      for (const from of predecessors[node]) {
        if (idom[from] >= 0) dominator = dominator < 0 ? from : meet(dominator, from)
      }
      if (idom[node] === dominator) continue
      idom[node] = dominator
      isChanged = true
    }
  }
  return idom
}

function dominates(idom: Int32Array, a: number, b: number): boolean {
  let node = b
  while (node > a) node = idom[node]
  return node === a
}

/** Replaces edges into the middle of a loop by leaving the region; the state between regions is complete, so this is exact. */
function cutIrreducible(graph: Numbered, idom: Int32Array): boolean {
  let isCut = false
  graph.blocks.forEach((block, from) => {
    const cut = (edge: Edge): Edge => {
      if (edge.kind !== 'block') return edge
      const to = graph.blocks.indexOf(edge.block)
      if (to > from || dominates(idom, to, from)) return edge
      isCut = true
      return { kind: 'leave', pc: edge.block.pc }
    }
    if (graph.successors[from].every((to) => to > from || dominates(idom, to, from))) return
    block.terminator = mapEdges(block.terminator, cut)
  })
  return isCut
}

function mapEdges(terminator: Terminator, map: (edge: Edge) => Edge): Terminator {
  switch (terminator.kind) {
    case 'jump':
      return { kind: 'jump', to: map(terminator.to) }
    case 'branch':
      return { kind: 'branch', taken: map(terminator.taken), notTaken: map(terminator.notTaken) }
    case 'indirect':
      return { kind: 'indirect', guesses: terminator.guesses.map((guess) => ({ pc: guess.pc, to: map(guess.to) })) }
    case 'stop':
      return terminator
  }
}

/** By node: the steps that a check before it must find in the budget; undefined where there is no check. */
function placeChecks({ blocks, successors }: Numbered, isLoopHeader: readonly boolean[]): (number | undefined)[] {
  const checks = new Array<number | undefined>(blocks.length).fill(undefined)
  const unchecked = new Array<number>(blocks.length).fill(0)
  for (let node = blocks.length - 1; node >= 0; node--) {
    let longest = 0
    for (const to of successors[node]) if (to > node) longest = Math.max(longest, unchecked[to])
    const steps = longest + blocks[node].instructions.length
    if (node === 0 || isLoopHeader[node] || steps > MAX_UNCHECKED) checks[node] = steps
    else unchecked[node] = steps
  }
  return checks
}

/**
 * Analyses the blocks reachable from `entry`; edges that make the graph irreducible are first turned into exits.
 *
 * @see Ramsey, "Beyond Relooper" (ICFP 2022), whose translation to structured code reads these facts
 */
export function analyseFlow(entry: Block): FlowGraph {
  let graph = numberBlocks(entry)
  let idom = immediateDominators(graph)
  while (cutIrreducible(graph, idom)) {
    graph = numberBlocks(entry)
    idom = immediateDominators(graph)
  }
  const { blocks, predecessors } = graph
  const isLoopHeader = blocks.map((_, i) => predecessors[i].some((from) => from >= i))
  const checks = placeChecks(graph, isLoopHeader)
  const merges: FlowNode[][] = blocks.map(() => [])
  const nodes = blocks.map((block, i): FlowNode => {
    const isMerge = predecessors[i].filter((from) => from < i).length > 1
    return { block, order: i, isMerge, isLoopHeader: isLoopHeader[i], merges: merges[i], checkSteps: checks[i] }
  })
  for (let i = nodes.length - 1; i > 0; i--) if (nodes[i].isMerge) merges[idom[i]].push(nodes[i])
  const byBlock = new Map(nodes.map((node) => [node.block, node]))
  return {
    entry: nodes[0],
    nodeOf: (block) => {
      const node = byBlock.get(block)
      if (node === undefined) throw new Error(`Block ${block.pc} is not in its region.`) // INVARIANT
      return node
    },
  }
}
