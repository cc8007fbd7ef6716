import { HASH_BYTES, hashPair } from './keccak.ts'
import { KERNEL_HEAP_START, KeccakKernel } from './keccakKernel.ts'
import { NoSuchNodeError } from './merkleErrors.ts'

/** Leaves of a tree: some at the left, then one hash in every place after them. */
export interface MerkleLeaves {
  /** The first leaf hashes, 32 bytes each, left to right; at most 2^height of them. */
  readonly leaves: Uint8Array
  /** Hash of every leaf behind those. */
  readonly padding: Uint8Array
  /** The tree has 2^height leaves. */
  readonly height: number
}

let kernel: KeccakKernel | undefined

/** The level above `level` (whole hashes); an odd last node is paired with `padding`. */
function levelAbove(level: Uint8Array, padding: Uint8Array): Uint8Array {
  const numPairs = Math.ceil(level.length / (2 * HASH_BYTES))
  kernel ??= new KeccakKernel()
  kernel.reserve(KERNEL_HEAP_START + (numPairs + 1) * 2 * HASH_BYTES)
  kernel.bytes.set(level, KERNEL_HEAP_START)
  kernel.bytes.set(padding, KERNEL_HEAP_START + level.length)
  kernel.functions.hash_pairs(KERNEL_HEAP_START, numPairs, KERNEL_HEAP_START)
  return kernel.bytes.slice(KERNEL_HEAP_START, KERNEL_HEAP_START + numPairs * HASH_BYTES)
}

/**
 * A Merkle tree that keeps every node above its first leaves; the rest is one repeated leaf, whose subtrees cost one hash a
 * height.
 *
 * Time and memory are O(number of leaves + height), whatever the height: a trace of 2^40 states that halts early is small.
 * @see spec/03-commitments.md §1, spec/05-trace.md
 */
export class MerkleTree {
  readonly height: number
  /** levels[h]: the hashes at height h that are not all padding, left to right. */
  private readonly levels: Uint8Array[]
  /** paddings[h]: the node at height h over padding alone. */
  private readonly paddings: Uint8Array[]

  /** @throws {RangeError} when the leaves are more than 2^height or not whole hashes. */
  constructor(p: MerkleLeaves) {
    if (p.leaves.length % HASH_BYTES !== 0 || p.leaves.length / HASH_BYTES > 2 ** p.height) {
      throw new RangeError(`${p.leaves.length} bytes are not the leaves of a tree of height ${p.height}.`)
    }
    this.height = p.height
    this.levels = [p.leaves.slice()]
    this.paddings = [p.padding.slice()]
    for (let h = 0; h < p.height; h++) {
      this.levels.push(levelAbove(this.levels[h], this.paddings[h]))
      this.paddings.push(hashPair(this.paddings[h], this.paddings[h]))
    }
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
    this.check(height, index)
    const level = this.levels[height]
    const start = index * HASH_BYTES
    return start < level.length ? level.slice(start, start + HASH_BYTES) : this.paddings[height].slice()
  }

  /**
   * Siblings of node `index` at `height`, bottom up to the root: `this.height − height` hashes.
   *
   * @throws {NoSuchNodeError} outside the tree.
   */
  siblings(height: number, index: number): Uint8Array[] {
    this.check(height, index)
    const siblings: Uint8Array[] = []
    for (let h = height, i = index; h < this.height; h++, i = Math.floor(i / 2)) {
      siblings.push(this.node(h, i % 2 === 0 ? i + 1 : i - 1))
    }
    return siblings
  }

  /**
   * The 2^depth descendants of node `index` at `height`, left to right, at height `height − depth`.
   *
   * @throws {NoSuchNodeError} when the node or its descendants lie outside the tree.
   */
  descendants(node: { height: number; index: number }, depth: number): Uint8Array[] {
    const first = node.index * 2 ** depth
    this.check(node.height, node.index)
    this.check(node.height - depth, first)
    return Array.from({ length: 2 ** depth }, (_, i) => this.node(node.height - depth, first + i))
  }

  private check(height: number, index: number): void {
    const isInside = Number.isSafeInteger(height) && height >= 0 && height <= this.height
    if (isInside && Number.isSafeInteger(index) && index >= 0 && index < 2 ** (this.height - height)) return
    throw new NoSuchNodeError({ height, index, treeHeight: this.height })
  }
}
