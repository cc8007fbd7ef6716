import { bytesToHex, hexToBytes } from '../../core/bytes.ts'
import type { Bytes32, Hex } from '../../core/bytes.ts'
import { hashPair, keccak256 } from '../../core/keccak.ts'
import type { RefereeMachine } from '../rules/state.ts'
import type { TraceProvider, TreeNode } from '../traceProvider.ts'
import { hashHex, hashWords, isHexOfLength } from '../words.ts'

/*
 * The toy machine: its state is one word, one step is `next = keccak256(state)`, the initial state is `keccak256(inputRoot)`. A history
 * is the list of its states; levels cut it as spec/05 cuts the machine's. Everything a game needs, nothing of RISC-V.
 */

/** How many bytes of the final state are the toy result: histories may end differently and still stand for the same result. */
const RESULT_BYTES = 16

/** All states of one run, the initial one first: `2^(sum of heights) + 1` words of 32 bytes. */
export type ToyHistory = readonly Uint8Array[]

/** Steps of a run over levels of the given heights: 2^(sum of heights). */
export function toySteps(heights: readonly number[]): number {
  return 2 ** heights.reduce((sum, height) => sum + height, 0)
}

/** The true history from `inputRoot`. */
export function honestHistory(inputRoot: Bytes32, heights: readonly number[]): Uint8Array[] {
  const states = [keccak256(hexToBytes(inputRoot))]
  for (let step = 0; step < toySteps(heights); step++) states.push(keccak256(stateAt(states, step)))
  return states
}

/**
 * A lie that is right up to state `from − 1`, wrong at state `from`, and follows the rule from there: the step to `from` is the only
 * false one. `seed` makes different lies.
 */
export function liesOnce(honest: ToyHistory, p: { from: number; seed: string }): Uint8Array[] {
  const states = honest.slice(0, p.from)
  states.push(falseState(p.seed, p.from))
  while (states.length < honest.length) states.push(keccak256(stateAt(states, states.length - 1)))
  return states
}

/** A lie in every state from `from` on. */
export function liesFrom(honest: ToyHistory, p: { from: number; seed: string }): Uint8Array[] {
  return honest.map((state, i) => (i < p.from ? state : falseState(p.seed, i)))
}

/** Wrong in the states `from … until − 1` and honest elsewhere: the same final state, other insides. */
export function liesBetween(honest: ToyHistory, p: { from: number; until: number; seed: string }): Uint8Array[] {
  return honest.map((state, i) => (i < p.from || i >= p.until ? state : falseState(p.seed, i)))
}

/** Honest but for the second half of the last state, so with the honest **result** and another last leaf. */
export function liesInUnusedState(honest: ToyHistory, seed: string): Uint8Array[] {
  const last = falseState(seed, honest.length)
  last.set(stateAt(honest, honest.length - 1).subarray(0, RESULT_BYTES))
  return [...honest.slice(0, -1), last]
}

/** What a final state of the toy machine stands for: its first 16 bytes, then zeros. */
export function toyResult(state: Bytes32): Bytes32 {
  return `0x${state.slice(2, 2 + 2 * RESULT_BYTES)}${'00'.repeat(32 - RESULT_BYTES)}`
}

/** The toy machine as the rules of the game see it. */
export function toyMachine(heights: readonly number[]): RefereeMachine {
  return {
    heights: () => heights,
    initialState: (task, siblings) => {
      const isProven =
        siblings.length === numInitialSiblings(heights) && siblings.every((word) => word === task.inputRoot)
      return isProven ? hashWords(task.inputRoot) : null
    },
    finalState: (_task, evidence) =>
      isHexOfLength(evidence, 32) ? { stateHash: evidence, result: toyResult(evidence) } : null,
    step: (_task, prev, witness) => (witness === prev ? hashHex(witness) : null),
  }
}

/** With one level the seal's evidence is the witness, so the initial state is known without proof; else one word, the input root. */
function numInitialSiblings(heights: readonly number[]): number {
  return heights.length > 1 ? 1 : 0
}

/** A toy history as the trace of one level; lower levels are cut out of the same history unless `innerOf` gives others. */
export class ToyTrace implements TraceProvider {
  readonly height: number
  private readonly inputRoot: Bytes32
  private readonly history: ToyHistory
  private readonly heights: readonly number[]
  private readonly level: number
  /** Index of the state before leaf 0. */
  private readonly start: number
  private readonly innerOf: ((position: bigint, honestInner: ToyTrace) => TraceProvider) | undefined
  private readonly inners = new Map<bigint, TraceProvider>()
  private tree: Uint8Array[][] | undefined

  constructor(p: {
    inputRoot: Bytes32
    history: ToyHistory
    heights: readonly number[]
    level?: number
    start?: number
    /** Replaces the trace below a leaf: a claim whose insides do not fit its outside. */
    innerOf?: (position: bigint, ownInner: ToyTrace) => TraceProvider
  }) {
    this.inputRoot = p.inputRoot
    this.history = p.history
    this.heights = p.heights
    this.level = p.level ?? 0
    this.start = p.start ?? 0
    this.height = p.heights[this.level] ?? 0
    this.innerOf = p.innerOf
  }

  async root(): Promise<Bytes32> {
    return this.node({ height: this.height, index: 0n })
  }

  async descendants(node: TreeNode, depth: number): Promise<readonly Bytes32[]> {
    const first = node.index << BigInt(depth)
    return Array.from({ length: 1 << depth }, (_, i) =>
      this.node({ height: node.height - depth, index: first + BigInt(i) }),
    )
  }

  async proveLeaf(position: bigint): Promise<readonly Bytes32[]> {
    return Array.from({ length: this.height }, (_, j) => this.node({ height: j, index: (position >> BigInt(j)) ^ 1n }))
  }

  async outcome(): Promise<Bytes32> {
    const last = this.lastLeaf()
    return this.level === 0 ? toyResult(last) : last
  }

  async joinEvidence(): Promise<Hex> {
    return this.level === 0 ? this.lastLeaf() : '0x'
  }

  async sealEvidence(position: bigint): Promise<Hex> {
    if (this.level === this.heights.length - 1) return bytesToHex(this.stateBefore(position))
    return this.level === 0 && position === 0n ? this.inputRoot : '0x'
  }

  inner(position: bigint): Promise<TraceProvider> | null {
    if (this.level === this.heights.length - 1) return null
    let inner = this.inners.get(position)
    if (inner === undefined) {
      const { inputRoot, history, heights } = this
      const start = this.start + Number(position) * this.stride()
      const own = new ToyTrace({ inputRoot, history, heights, level: this.level + 1, start })
      inner = this.innerOf?.(position, own) ?? own
      this.inners.set(position, inner)
    }
    return Promise.resolve(inner)
  }

  /** The states this trace is about, from the one before its leaf 0 to its last leaf's. */
  states(): ToyHistory {
    return this.history.slice(this.start, this.start + 2 ** this.height * this.stride() + 1)
  }

  /** Steps between two leaves of this level. */
  private stride(): number {
    return toySteps(this.heights.slice(this.level + 1))
  }

  private stateBefore(position: bigint): Uint8Array {
    return stateAt(this.history, this.start + Number(position) * this.stride())
  }

  private lastLeaf(): Bytes32 {
    return this.node({ height: 0, index: (1n << BigInt(this.height)) - 1n })
  }

  private node(node: TreeNode): Bytes32 {
    this.tree ??= this.buildTree()
    const bytes = this.tree[node.height]?.[Number(node.index)]
    if (bytes === undefined) throw new RangeError(`No node ${node.index} at height ${node.height} of ${this.height}.`)
    return bytesToHex(bytes)
  }

  private buildTree(): Uint8Array[][] {
    let level = Array.from({ length: 2 ** this.height }, (_, k) => this.stateBefore(BigInt(k) + 1n))
    const tree = [level]
    while (level.length > 1) {
      const below = level
      level = Array.from({ length: below.length / 2 }, (_, i) =>
        hashPair(stateAt(below, 2 * i), stateAt(below, 2 * i + 1)),
      )
      tree.push(level)
    }
    return tree
  }
}

function falseState(seed: string, index: number): Uint8Array {
  return keccak256(Uint8Array.from(`lie ${seed} ${index}`, (char) => char.charCodeAt(0)))
}

function stateAt(states: ToyHistory, index: number): Uint8Array {
  const state = states[index]
  if (state === undefined) throw new RangeError(`No state ${index} among ${states.length}.`)
  return state
}
