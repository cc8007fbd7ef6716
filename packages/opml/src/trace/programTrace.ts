import { bytesEqual } from '../core/bytes.ts'
import { HASH_BYTES } from '../core/keccak.ts'
import { merkleRoot } from '../core/merkleRoot.ts'
import { MerkleTree } from '../core/merkleTree.ts'
import { zeroHash } from '../core/merkleZero.ts'
import { type LeafRun, RunTree } from '../core/runTree.ts'
import type { TreeNode } from '../dispute/traceProvider.ts'
import type { OutputPlace } from '../graph/programWalk.ts'
import type { Program } from '../graph/program.ts'
import type { ProgramHeights } from '../graph/programModel.ts'
import { tensorBytes } from '../graph/shape.ts'
import { keptBytes, KeptOutput, KeptOutputs } from './keptOutputs.ts'
import { type ProgramRun, type ReplayableRun, TappedRun } from './programRun.ts'
import { sectionRanges } from './sectionRanges.ts'

/** What a {@link ProgramTrace} is of. */
export interface ProgramTraceOptions {
  readonly program: Program
  readonly heights: ProgramHeights
  /** `EngineRun`, or any executor's run with a tap. */
  readonly run: ProgramRun | ReplayableRun
  /** Bytes that the outputs that were asked for last may take with their trees, 128 MiB unless given. */
  readonly maxKeptBytes?: number
}

/** The position of a leaf, or of a subtree's first leaf. */
export interface TracePlace {
  readonly position: number
  readonly node: number
  readonly block: number
}

const MAX_KEPT_BYTES = 2 ** 27
/** Trees over the outputs of a step that are kept for the next question. */
const MAX_NODE_TREES = 16

/**
 * The whole history of one run of a tensor program: what a claim at the graph level commits to (spec/05-trace.md).
 *
 * The tree has step positions on top, nodes below, 128-byte blocks at the bottom. One run gives the root of every output, which is kept: 32
 * bytes each. What lies below an output is made when it is asked for, by running again up to it; the same run brings the operands of that
 * node, which a dispute wants next. A descent to a leaf, its judgement and the machine's run from it take one such run together.
 */
export class ProgramTrace {
  /** Height of the whole tree. */
  readonly height: number
  readonly #options: ProgramTraceOptions
  readonly #run: ReplayableRun
  readonly #maxKeptBytes: number
  /** rootsAt[position]: roots of the outputs computed there, 32 bytes each. Positions after a halt have none of their own. */
  readonly #rootsAt = new Map<number, Uint8Array>()
  readonly #nodeTrees = new Map<number, MerkleTree>()
  readonly #kept: KeptOutputs
  #prepared: Promise<RunTree> | undefined
  /** Settles when the partial runs that were started are over. */
  #fetched: Promise<unknown> = Promise.resolve()

  constructor(options: ProgramTraceOptions) {
    this.#options = options
    this.#run = typeof options.run === 'function' ? new TappedRun(options.run) : options.run
    this.#maxKeptBytes = options.maxKeptBytes ?? MAX_KEPT_BYTES
    this.#kept = new KeptOutputs(this.#maxKeptBytes)
    const { stepHeight, nodeHeight, blockHeight } = options.heights
    this.height = stepHeight + nodeHeight + blockHeight
  }

  /** Makes the run, once; later calls wait for the same one. After a run that failed, as by its signal, the next call makes another. */
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
    const [output] = await this.#outputs([place], () => this.#neededNext(place))
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

  /** Bytes of the output of a node at a step position, by running again if they are not kept. Not a copy: do not change them. */
  async outputBytes(position: number, node: number): Promise<Uint8Array> {
    const [bytes] = await this.outputsBytes([{ position, node }])
    return bytes
  }

  /** As {@link outputBytes}, of several outputs with one run. */
  async outputsBytes(places: readonly OutputPlace[]): Promise<Uint8Array[]> {
    await this.#steps()
    return (await this.#outputs(places)).map(({ bytes }) => bytes)
  }

  #steps(): Promise<RunTree> {
    this.#prepared ??= this.#makeRun().catch((error: unknown) => {
      this.#prepared = undefined
      throw error
    })
    return this.#prepared
  }

  async #makeRun(): Promise<RunTree> {
    const { program, heights } = this.#options
    const { stepHeight, nodeHeight, blockHeight } = heights
    this.#rootsAt.clear()
    this.#nodeTrees.clear()
    await this.#run.roots(blockHeight, ({ position, roots }) => this.#rootsAt.set(position, roots))
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
    const [oldest] = this.#nodeTrees.keys()
    if (this.#nodeTrees.size >= MAX_NODE_TREES && oldest !== undefined) this.#nodeTrees.delete(oldest)
    const leaves = this.#rootsAt.get(computed) ?? new Uint8Array(0)
    const tree = new MerkleTree({ leaves, padding: zeroHash(blockHeight), height: nodeHeight })
    this.#nodeTrees.set(computed, tree)
    return tree
  }

  /** Whether a run comes to a place: it is not past the end of a section's nodes or of the run. */
  #isComputed({ position, node }: OutputPlace): boolean {
    return node < (this.#rootsAt.get(position)?.length ?? 0) / HASH_BYTES
  }

  /** Outputs that a judgement of a leaf of this one reads: operands, the halt word. None where they do not fit beside it. */
  #neededNext({ position, node }: OutputPlace): OutputPlace[] {
    const { program } = this.#options
    const ranges = sectionRanges(program)
    const range = ranges.find(({ last }) => position <= last)
    const operands = range?.nodes[node]?.operands
    if (range === undefined || operands === undefined) return []
    const places: OutputPlace[] = operands.flatMap((operand) => {
      const ref = operand?.ref
      if (ref?.kind === 'node') return [{ position, node: ref.index }]
      if (ref?.kind === 'previous' && position > range.first) return [{ position: position - 1, node: ref.index }]
      const source = ref?.kind === 'previous' ? ref.initial : ref
      return source?.kind === 'section' ? [{ position: ranges[source.section].last, node: source.index }] : []
    })
    if (range.haltNode !== undefined && position > range.first)
      places.push({ position: position - 1, node: range.haltNode })
    const numBytes = [{ position, node }, ...places].reduce((sum, place) => sum + this.#keptBytes(place), 0)
    return numBytes > this.#maxKeptBytes ? [] : places
  }

  #keptBytes({ position, node }: OutputPlace): number {
    const type = sectionRanges(this.#options.program).find(({ last }) => position <= last)?.nodes[node]
    return type === undefined ? 0 : keptBytes(tensorBytes(type.shape, type.dtype))
  }

  /** Outputs at some places, with one run for those that are not kept; if there is one it brings what `next` gives, too. */
  async #outputs(places: readonly OutputPlace[], next?: () => readonly OutputPlace[]): Promise<KeptOutput[]> {
    const fetched = this.#fetched.then(() => this.#fetch(places, next))
    this.#fetched = fetched.catch(() => undefined)
    return await fetched
  }

  async #fetch(places: readonly OutputPlace[], next?: () => readonly OutputPlace[]): Promise<KeptOutput[]> {
    const outputs = new Map<string, KeptOutput>()
    const missing = new Map<string, OutputPlace>()
    const look = (asked: OutputPlace) => {
      const place = { position: this.#computedAt(asked.position) ?? -1, node: asked.node }
      const key = `${place.position} ${place.node}`
      const kept = this.#isComputed(place) ? this.#kept.get(key) : this.#withoutBytes()
      if (kept === undefined) missing.set(key, place)
      else outputs.set(key, kept)
      return key
    }
    const keys = places.map(look)
    if (missing.size > 0) next?.().forEach(look)
    const made = missing.size === 0 ? [] : await this.#run.outputs([...missing.values()])
    for (const [i, [key, place]] of [...missing].entries()) {
      const output = new KeptOutput(made[i], this.#options.heights.blockHeight)
      this.#check(place, output)
      this.#kept.put(key, output)
      outputs.set(key, output)
    }
    return keys.map((key) => outputs.get(key) as KeptOutput)
  }

  #withoutBytes(): KeptOutput {
    return new KeptOutput(new Uint8Array(0), this.#options.heights.blockHeight)
  }

  /** Every run has the same bits, else a party may stake on nothing. */
  #check({ position, node }: OutputPlace, { bytes }: KeptOutput): void {
    const root = merkleRoot(bytes, this.#options.heights.blockHeight)
    if (bytesEqual(root, this.#nodes(position).node(0, node))) return
    throw new Error(`Two runs of one program differ at position ${position}, node ${node}.`)
  }
}
