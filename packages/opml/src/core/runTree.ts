import { HASH_BYTES, hashPair } from './keccak.ts'
import { NoSuchNodeError } from './merkleErrors.ts'

/** Consecutive equal leaves. */
export interface LeafRun {
  /** 32 bytes. */
  readonly hash: Uint8Array
  /** At least 1. */
  readonly count: number
}

/**
 * A Merkle tree whose leaves come in runs of equal ones: a history that stands still for long costs O(number of runs · height), wherever
 * the runs are. {@link MerkleTree} is for leaves that differ, with one run at the end.
 * @see spec/03-commitments.md §1
 */
export class RunTree {
  readonly height: number
  /** starts[r]: number of the first leaf of run r; ascending. */
  readonly #starts: number[] = []
  /** uniform[r][h]: the node at height h over leaves of run r alone. */
  readonly #uniform: Uint8Array[][] = []
  /** kept[h]: nodes over more than one run, by index. */
  readonly #kept: Map<number, Uint8Array>[]

  /**
   * @param p.runs - left to right.
   * @param p.padding - hash of every leaf behind the runs.
   * @throws {RangeError} when the runs have more than 2^height leaves, or a hash has not 32 bytes.
   */
  constructor(p: { runs: readonly LeafRun[]; padding: Uint8Array; height: number }) {
    this.height = p.height
    this.#kept = Array.from({ length: p.height + 1 }, () => new Map<number, Uint8Array>())
    let start = 0
    for (const { hash, count } of [...p.runs, { hash: p.padding, count: 0 }]) {
      if (hash.length !== HASH_BYTES) throw new RangeError(`A leaf of ${hash.length} bytes is no hash.`)
      this.#starts.push(start)
      this.#uniform.push([hash.slice()])
      start += count
    }
    if (start > 2 ** p.height) throw new RangeError(`${start} leaves do not fit a tree of height ${p.height}.`)
  }

  /** Hash of the root, 32 bytes. */
  root(): Uint8Array {
    return this.node(this.height, 0)
  }

  /**
   * Hash of node `index` (from the left) at `height`, 32 bytes.
   *
   * @throws {NoSuchNodeError} outside the tree.
   */
  node(height: number, index: number): Uint8Array {
    const isInside =
      Number.isSafeInteger(height) &&
      height >= 0 &&
      height <= this.height &&
      Number.isSafeInteger(index) &&
      index >= 0 &&
      index < 2 ** (this.height - height)
    if (!isInside) throw new NoSuchNodeError({ height, index, treeHeight: this.height })
    return this.#node(height, index).slice()
  }

  #node(height: number, index: number): Uint8Array {
    const run = this.#runAt(index * 2 ** height)
    const next = this.#starts[run + 1] ?? Number.POSITIVE_INFINITY
    if (next >= (index + 1) * 2 ** height) return this.#uniformNode(run, height)
    const kept = this.#kept[height].get(index)
    if (kept !== undefined) return kept
    const node = hashPair(this.#node(height - 1, 2 * index), this.#node(height - 1, 2 * index + 1))
    this.#kept[height].set(index, node)
    return node
  }

  #uniformNode(run: number, height: number): Uint8Array {
    const nodes = this.#uniform[run]
    while (nodes.length <= height) {
      const below = nodes[nodes.length - 1]
      nodes.push(hashPair(below, below))
    }
    return nodes[height]
  }

  /** The last run that begins at or before a leaf. */
  #runAt(leaf: number): number {
    let [low, high] = [0, this.#starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.#starts[middle] <= leaf) low = middle
      else high = middle - 1
    }
    return low
  }
}
