import { bytesEqual } from '../core/bytes.ts'
import { HASH_BYTES, keccak256 } from '../core/keccak.ts'
import { merkleRoot } from '../core/merkleRoot.ts'
import { MerkleTree } from '../core/merkleTree.ts'
import { BLOCK_BYTES, zeroHash } from '../core/merkleZero.ts'
import { type LeafRun, RunTree } from '../core/runTree.ts'
import type { TreeNode } from '../dispute/traceProvider.ts'
import type { TappedOutput } from '../graph/programWalk.ts'
import type { Program } from '../graph/program.ts'
import type { ProgramHeights } from '../graph/programModel.ts'

/** Makes one run of a program, from its start, and hands out every output that it computes. Every call gives the same bits. */
export type ProgramRun = (tap: (output: TappedOutput) => void) => Promise<void>

/** What a {@link ProgramTrace} is of. */
export interface ProgramTraceOptions {
  readonly program: Program
  readonly heights: ProgramHeights
  readonly run: ProgramRun
}

/** The position of a leaf, or of a subtree's first leaf. */
export interface TracePlace {
  readonly position: number
  readonly node: number
  readonly block: number
}

/** Outputs kept for the next question about them, with the trees of their blocks. */
const NUM_KEPT_OUTPUTS = 4

/**
 * The whole history of one run of a tensor program: what a claim at the graph level commits to (spec/05-trace.md).
 *
 * The tree has step positions on top, nodes below, 128-byte blocks at the bottom. One run gives the root of every output; what lies
 * below an output is made when it is asked for, by running again.
 */
export class ProgramTrace {
  /** Height of the whole tree. */
  readonly height: number
  readonly #options: ProgramTraceOptions
  /** rootsAt[position]: roots of the outputs computed there, 32 bytes each. Positions after a halt have none of their own. */
  readonly #rootsAt = new Map<number, Uint8Array>()
  readonly #nodeTrees = new Map<number, MerkleTree>()
  readonly #kept = new Map<string, { bytes: Uint8Array; tree: MerkleTree }>()
  #prepared: Promise<RunTree> | undefined

  constructor(options: ProgramTraceOptions) {
    this.#options = options
    const { stepHeight, nodeHeight, blockHeight } = options.heights
    this.height = stepHeight + nodeHeight + blockHeight
  }

  /** Makes the run, once; later calls wait for the same one. */
  async prepare(): Promise<void> {
    await this.#steps()
  }

  /** Hash of the root, 32 bytes. */
  async root(): Promise<Uint8Array> {
    return (await this.#steps()).root()
  }

  /**
   * Hash of a node of the tree, 32 bytes.
   *
   * @throws {NoSuchNodeError} outside the tree.
   */
  async node({ height, index }: TreeNode): Promise<Uint8Array> {
    const { nodeHeight, blockHeight } = this.#options.heights
    const steps = await this.#steps()
    if (height >= nodeHeight + blockHeight) return steps.node(height - nodeHeight - blockHeight, Number(index))
    const place = this.place(index << BigInt(height))
    if (height >= blockHeight)
      return this.#nodes(place.position).node(height - blockHeight, place.node >> (height - blockHeight))
    const output = await this.#output(place)
    return output.tree.node(height, Math.floor(place.block / 2 ** height))
  }

  /** The 2^depth descendants of a node, left to right. @throws {NoSuchNodeError} outside the tree. */
  async descendants({ height, index }: TreeNode, depth: number): Promise<Uint8Array[]> {
    const first = index << BigInt(depth)
    const nodes: Uint8Array[] = []
    for (let i = 0n; i < 1n << BigInt(depth); i++)
      nodes.push(await this.node({ height: height - depth, index: first + i }))
    return nodes
  }

  /** Siblings of a node, bottom up to the root. @throws {NoSuchNodeError} outside the tree. */
  async siblings({ height, index }: TreeNode): Promise<Uint8Array[]> {
    const siblings: Uint8Array[] = []
    for (let h = height; h < this.height; h++)
      siblings.push(await this.node({ height: h, index: (index >> BigInt(h - height)) ^ 1n }))
    return siblings
  }

  /** Where leaf `index` is. */
  place(index: bigint): TracePlace {
    const { nodeHeight, blockHeight } = this.#options.heights
    const blocks = BigInt(blockHeight)
    return {
      position: Number(index >> (blocks + BigInt(nodeHeight))),
      node: Number((index >> blocks) & ((1n << BigInt(nodeHeight)) - 1n)),
      block: Number(index & ((1n << blocks) - 1n)),
    }
  }

  /** The leaf at a place. */
  index({ position, node, block }: TracePlace): bigint {
    const { nodeHeight, blockHeight } = this.#options.heights
    return (((BigInt(position) << BigInt(nodeHeight)) | BigInt(node)) << BigInt(blockHeight)) | BigInt(block)
  }

  /** Bytes of the output of a node at a step position, by running again if they are not kept. */
  async outputBytes(position: number, node: number): Promise<Uint8Array> {
    return (await this.#output({ position, node })).bytes
  }

  #steps(): Promise<RunTree> {
    this.#prepared ??= this.#makeRun()
    return this.#prepared
  }

  async #makeRun(): Promise<RunTree> {
    const { run, program, heights } = this.#options
    const { stepHeight, nodeHeight, blockHeight } = heights
    const lists = new Map<number, Uint8Array[]>()
    await run(({ position, bytes }) => {
      const list = lists.get(position) ?? []
      list.push(merkleRoot(bytes, blockHeight))
      lists.set(position, list)
    })
    for (const [position, list] of lists) {
      const roots = new Uint8Array(list.length * HASH_BYTES)
      for (const [i, root] of list.entries()) roots.set(root, i * HASH_BYTES)
      this.#rootsAt.set(position, roots)
    }
    const runs: LeafRun[] = []
    let first = 0
    for (const { steps } of program.sections) {
      let numComputed = 0
      while (numComputed < steps && this.#rootsAt.has(first + numComputed)) {
        runs.push({ hash: this.#nodes(first + numComputed).root(), count: 1 })
        numComputed++
      }
      const last = runs.at(-1)
      if (last !== undefined && numComputed < steps)
        runs[runs.length - 1] = { hash: last.hash, count: 1 + steps - numComputed }
      first += steps
    }
    return new RunTree({ runs, padding: zeroHash(nodeHeight + blockHeight), height: stepHeight })
  }

  /** The position whose computed outputs stand at `position`: itself, or the last one before a halt; undefined past the end. */
  #computedAt(position: number): number | undefined {
    let first = 0
    for (const { steps } of this.#options.program.sections) {
      if (position < first + steps) {
        let computed = position
        while (computed > first && !this.#rootsAt.has(computed)) computed--
        return computed
      }
      first += steps
    }
    return undefined
  }

  /** The tree over the outputs at a position. */
  #nodes(position: number): MerkleTree {
    const { nodeHeight, blockHeight } = this.#options.heights
    const computed = this.#computedAt(position) ?? -1
    const kept = this.#nodeTrees.get(computed)
    if (kept !== undefined) return kept
    const leaves = this.#rootsAt.get(computed) ?? new Uint8Array(0)
    const tree = new MerkleTree({ leaves, padding: zeroHash(blockHeight), height: nodeHeight })
    this.#nodeTrees.set(computed, tree)
    return tree
  }

  /** One output with the tree of its blocks. */
  async #output({
    position,
    node,
  }: {
    position: number
    node: number
  }): Promise<{ bytes: Uint8Array; tree: MerkleTree }> {
    await this.#steps()
    const computed = this.#computedAt(position)
    const key = `${computed} ${node}`
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    let bytes = new Uint8Array(0)
    const isComputed = computed !== undefined && node < (this.#rootsAt.get(computed)?.length ?? 0) / HASH_BYTES
    if (isComputed)
      await this.#options.run((output) => {
        if (output.position === computed && output.node === node) bytes = output.bytes.slice()
      })
    const made = { bytes, tree: blockTree(bytes, this.#options.heights.blockHeight) }
    const root = isComputed ? this.#nodes(position).node(0, node) : made.tree.root()
    if (!bytesEqual(root, made.tree.root()))
      throw new Error(`Two runs of one program differ at position ${position}, node ${node}.`)
    this.#kept.set(key, made)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > NUM_KEPT_OUTPUTS && oldest !== undefined) this.#kept.delete(oldest)
    return made
  }
}

/** The tree over the blocks of an output. */
function blockTree(bytes: Uint8Array, height: number): MerkleTree {
  const numBlocks = Math.ceil(bytes.length / BLOCK_BYTES)
  const padded = new Uint8Array(numBlocks * BLOCK_BYTES)
  padded.set(bytes)
  const leaves = new Uint8Array(numBlocks * HASH_BYTES)
  for (let i = 0; i < numBlocks; i++)
    leaves.set(keccak256(padded.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES)), i * HASH_BYTES)
  return new MerkleTree({ leaves, padding: zeroHash(0), height })
}
