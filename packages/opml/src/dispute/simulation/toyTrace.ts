import { bytesToHex, hexToBytes } from '../../core/bytes.ts'
import type { Bytes32, Hex } from '../../core/bytes.ts'
import { keccak256 } from '../../core/keccak.ts'
import { MerkleTree } from '../../core/merkleTree.ts'
import { KIND } from '../kinds.ts'
import type { Kind } from '../kinds.ts'
import type { TraceProvider, TreeNode } from '../traceProvider.ts'
import { hashWords } from '../words.ts'
import type { ToyModel } from './toyModel.ts'
import { toySteps } from './toyModel.ts'

/*
 * The toy machine: its state is one word, one step is `next = keccak256(state)`, the initial state of a machine program is
 * `keccak256(inputRoot)`. A history is the list of its states; kinds coarse, block and fine cut it as spec/05 cuts the machine's.
 * Everything a game needs, nothing of RISC-V.
 */

/** How many bytes of the final state are the toy result: histories may end differently and still stand for the same result. */
const RESULT_BYTES = 16

/** All states of one run, the initial one first: `2^(coarse + fine height) + 1` words of 32 bytes. */
export type ToyHistory = readonly Uint8Array[]

/** The true history from a state on. */
export function historyFrom(state: Bytes32, model: ToyModel): Uint8Array[] {
  const states = [hexToBytes(state)]
  for (let step = 0; step < toySteps(model); step++) states.push(keccak256(stateAt(states, step)))
  return states
}

/** The true history of a machine program from `inputRoot`. */
export function honestHistory(inputRoot: Bytes32, model: ToyModel): Uint8Array[] {
  return historyFrom(hashWords(inputRoot), model)
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

/** What a final state of the toy machine stands for, a result or a block's leaf: its first 16 bytes, then zeros. */
export function toyResult(state: Bytes32): Bytes32 {
  return `0x${state.slice(2, 2 + 2 * RESULT_BYTES)}${'00'.repeat(32 - RESULT_BYTES)}`
}

/** A trace that can be read whole, so that what a game finds can be held against it. */
export interface ToyTraceProvider extends TraceProvider {
  /** All leaves, left to right. */
  leaves(): readonly Bytes32[]
  /** The traces below, as far as they were asked for. */
  openedInners(): readonly ToyTraceProvider[]
}

/** Replaces the trace below a leaf: a claim whose insides do not fit its outside. */
export type ToyInsides = (position: bigint, own: ToyTrace) => ToyTrace

/** What a {@link ToyTrace} is made from. */
export interface ToyTraceOptions {
  readonly model: ToyModel
  readonly history: ToyHistory
  /** Default: coarse. */
  readonly kind?: Exclude<Kind, typeof KIND.graph>
  /** Of the task; read at kind coarse alone. */
  readonly inputRoot?: Bytes32
  /** Index of the state before leaf 0 (default 0). */
  readonly start?: number
  readonly innerOf?: ToyInsides
}

/** A toy history as the trace of one tournament; the one below is cut out of the same history unless `innerOf` gives another. */
export class ToyTrace implements ToyTraceProvider {
  readonly kind: Exclude<Kind, typeof KIND.graph>
  readonly height: number
  readonly model: ToyModel
  private readonly inputRoot: Bytes32 | undefined
  private readonly history: ToyHistory
  private readonly start: number
  private readonly innerOf: ToyInsides | undefined
  private readonly inners = new Map<bigint, ToyTrace>()
  private tree: MerkleTree | undefined

  constructor(options: ToyTraceOptions) {
    const { model, history } = options
    this.kind = options.kind ?? KIND.coarse
    this.height = this.kind === KIND.fine ? model.fineHeight : model.coarseHeight
    this.model = model
    this.history = history
    this.inputRoot = options.inputRoot
    this.start = options.start ?? 0
    this.innerOf = options.innerOf
  }

  async root(): Promise<Bytes32> {
    return bytesToHex(this.merkleTree().root())
  }

  async descendants(node: TreeNode, depth: number): Promise<readonly Bytes32[]> {
    return descendantsOf(this.merkleTree(), node, depth)
  }

  async proveLeaf(position: bigint): Promise<readonly Bytes32[]> {
    return this.merkleTree().siblings(0, Number(position)).map(bytesToHex)
  }

  async outcome(): Promise<Bytes32> {
    return this.kind === KIND.fine ? this.lastLeaf() : toyResult(this.lastLeaf())
  }

  async joinEvidence(): Promise<Hex> {
    return this.kind === KIND.fine ? '0x' : this.lastLeaf()
  }

  async sealEvidence(position: bigint): Promise<Hex> {
    return this.hasFine() ? '0x' : bytesToHex(this.stateBefore(Number(position)))
  }

  async initialSiblings(): Promise<readonly Bytes32[]> {
    return this.inputRoot === undefined ? [] : [this.inputRoot]
  }

  inner(position: bigint): Promise<ToyTrace> | null {
    if (!this.hasFine()) return null
    let inner = this.inners.get(position)
    if (inner === undefined) {
      const { history, model } = this
      const own = new ToyTrace({ model, history, kind: KIND.fine, start: Number(position) * 2 ** model.fineHeight })
      inner = this.innerOf?.(position, own) ?? own
      this.inners.set(position, inner)
    }
    return Promise.resolve(inner)
  }

  /** The states this trace is about, from the one before its leaf 0 to its last leaf's. */
  states(): ToyHistory {
    return this.history.slice(this.start, this.start + 2 ** this.height * this.stride() + 1)
  }

  leaves(): readonly Bytes32[] {
    return Array.from({ length: 2 ** this.height }, (_, k) => bytesToHex(this.stateBefore(k + 1)))
  }

  openedInners(): readonly ToyTrace[] {
    return [...this.inners.values()]
  }

  private hasFine(): boolean {
    return this.kind !== KIND.fine && this.model.fineHeight > 0
  }

  /** Steps between two leaves. */
  private stride(): number {
    return this.kind === KIND.fine ? 1 : 2 ** this.model.fineHeight
  }

  private stateBefore(position: number): Uint8Array {
    return stateAt(this.history, this.start + position * this.stride())
  }

  private lastLeaf(): Bytes32 {
    return bytesToHex(this.stateBefore(2 ** this.height))
  }

  private merkleTree(): MerkleTree {
    this.tree ??= treeOf(this.leaves(), this.height)
    return this.tree
  }
}

/** The tree over all leaves of a trace. */
export function treeOf(leaves: readonly Bytes32[], height: number): MerkleTree {
  const bytes = new Uint8Array(32 * leaves.length)
  for (const [i, leaf] of leaves.entries()) bytes.set(hexToBytes(leaf), 32 * i)
  return new MerkleTree({ leaves: bytes, padding: new Uint8Array(32), height })
}

/** The 2^depth descendants of a node, as words. */
export function descendantsOf(tree: MerkleTree, node: TreeNode, depth: number): Bytes32[] {
  return tree.descendants({ height: node.height, index: Number(node.index) }, depth).map(bytesToHex)
}

/** A state that no rule leads to. */
export function falseState(seed: string, index: number): Uint8Array {
  return keccak256(Uint8Array.from(`lie ${seed} ${index}`, (char) => char.charCodeAt(0)))
}

function stateAt(states: ToyHistory, index: number): Uint8Array {
  const state = states[index]
  if (state === undefined) throw new RangeError(`No state ${index} among ${states.length}.`)
  return state
}
