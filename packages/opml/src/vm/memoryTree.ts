import { HASH_BYTES } from '../core/keccak.ts'
import { KERNEL_HEAP_START, KeccakKernel } from '../core/keccakKernel.ts'
import { NoSuchNodeError } from '../core/merkleErrors.ts'
import { BLOCK_BYTES, zeroHash } from '../core/merkleZero.ts'
import { type MemorySegment, PAGE_BYTES } from './machine.ts'
import { pagesOfSegments, readSegments } from './memoryTreeSegments.ts'

/** Height of the tree over a machine's whole memory: 2^25 blocks (spec/03 §3). */
export const MEMORY_HEIGHT = 25

/** What the tree needs of a memory: to read it. `GuestMemory` is one. */
export interface MemoryReader {
  /** Copies `length` bytes from `address` (address + length at most 2^32). */
  read(address: number, length: number): Uint8Array
}

// The tree is cut into groups of five levels, each a heap of 64 hashes (node n has the children 2n and 2n + 1; the root is
// node 1, the leaves are 32 … 63). Depth 0 is the top group, depth 4 holds the groups of one page each. Groups lie in the
// kernel's memory and exist only where something was written; a group's leaf is the root of its child.
const GROUP_LEVELS = 5
const GROUP_LEAVES = 32
const GROUP_BYTES = 2 * GROUP_LEAVES * HASH_BYTES
const PAGE_DEPTH = MEMORY_HEIGHT / GROUP_LEVELS - 1
const NO_GROUP = -1

const PAGE = KERNEL_HEAP_START
const WORK = PAGE + PAGE_BYTES
const GROUPS = WORK + GROUP_LEAVES * HASH_BYTES
/** Groups 0 … 4 stay empty: the zero subtree at each depth, copied for a new group. Group 5 is the top. */
const TOP_GROUP = PAGE_DEPTH + 1

/** A subtree of the memory tree with its way to the root. */
export interface SubtreeProof {
  /** Root of the subtree, 32 bytes. */
  readonly node: Uint8Array
  /** Index of the subtree among those of its height. */
  readonly position: number
  /** `25 − height` hashes, bottom up. */
  readonly siblings: Uint8Array[]
}

/**
 * The Merkle tree over a machine's memory, kept up to date by rehashing what a step or a stride wrote (spec/03 §3).
 *
 * Sparse: 2 KiB of hashes for each page that was ever written. An update of one block costs 26 hashes; one of n pages
 * 32·n leaves, two at a time, and the nodes above those that changed. It reads the memory it is given and keeps no copy.
 */
export class MemoryTree {
  private readonly kernel = new KeccakKernel()
  private numGroups = 0
  /** children[32·g + i]: group below leaf i of group g, or NO_GROUP. */
  private children = new Int32Array(64 * GROUP_LEAVES)

  /** The tree of a memory that holds `segments` and is zero elsewhere. */
  constructor(segments: readonly MemorySegment[] = []) {
    for (let depth = 0; depth <= PAGE_DEPTH; depth++) this.addZeroTemplate(depth)
    this.addGroup(0)
    this.updatePages({ read: (address, length) => readSegments(segments, address, length) }, pagesOfSegments(segments))
  }

  /** The memory root, 32 bytes. */
  root(): Uint8Array {
    return this.hashAt(TOP_GROUP, 1)
  }

  /**
   * Takes in the current content of whole pages, given as ascending page indices (what `takeDirtyPages()` returns).
   *
   * Returns the number of blocks that had changed.
   */
  updatePages(memory: MemoryReader, pages: Iterable<number>): number {
    let numChanged = 0
    for (const page of pages) {
      const group = this.pageGroup(page)
      this.kernel.bytes.set(memory.read(page * PAGE_BYTES, PAGE_BYTES), PAGE)
      const changed = this.kernel.functions.update_page(this.address(group), PAGE, WORK)
      if (changed > 0) this.raise(group, page)
      numChanged += changed
    }
    return numChanged
  }

  /** Takes in the current content of block `blockIndex` (address >>> 7), 0 to 2^25 − 1. */
  updateBlock(memory: MemoryReader, blockIndex: number): void {
    const page = blockIndex >>> GROUP_LEVELS
    const group = this.pageGroup(page)
    const heapNode = GROUP_LEAVES + (blockIndex & (GROUP_LEAVES - 1))
    this.kernel.bytes.set(memory.read(blockIndex * BLOCK_BYTES, BLOCK_BYTES), PAGE)
    this.kernel.functions.hash_blocks(PAGE, 1, this.address(group) + heapNode * HASH_BYTES)
    this.kernel.functions.update_path(this.address(group), heapNode)
    this.raise(group, page)
  }

  /**
   * The 25 siblings of a block, bottom up.
   *
   * @throws {NoSuchNodeError} when `blockIndex` is not 0 to 2^25 − 1.
   */
  proveBlock(blockIndex: number): Uint8Array[] {
    return this.siblings(blockIndex, 0)
  }

  /**
   * The subtree of `height` that starts at `address`, with its siblings up to the memory root.
   *
   * @throws {NoSuchNodeError} when `address` is not a multiple of 128·2^height inside 2^32.
   */
  proveSubtree(address: number, height: number): SubtreeProof {
    const position = address / (BLOCK_BYTES * 2 ** height)
    const siblings = this.siblings(position, height)
    return { node: this.node(position, height), position, siblings }
  }

  /** Siblings of the node `index` at `height`, bottom up to the child of the node at height `below`. */
  siblings(index: number, height: number, below: number = MEMORY_HEIGHT): Uint8Array[] {
    if (!Number.isInteger(index) || index < 0 || index >= 2 ** (MEMORY_HEIGHT - height)) {
      throw new NoSuchNodeError({ height, index, treeHeight: MEMORY_HEIGHT })
    }
    const siblings: Uint8Array[] = []
    for (let h = height, i = index; h < below; h++, i >>>= 1) siblings.push(this.node(i ^ 1, h))
    return siblings
  }

  /** Hash of node `index` at `height` of the memory tree. SAFETY: callers have checked that it exists. */
  private node(index: number, height: number): Uint8Array {
    const levelsDown = MEMORY_HEIGHT - height
    const depth = Math.min(PAGE_DEPTH, Math.floor(levelsDown / GROUP_LEVELS))
    const levelsInside = levelsDown - depth * GROUP_LEVELS
    const group = this.findGroup(index >>> levelsInside, depth)
    if (group === NO_GROUP) return zeroHash(height)
    return this.hashAt(group, (1 << levelsInside) | (index & ((1 << levelsInside) - 1)))
  }

  /** The group at `depth` whose root has `index` at its height, or NO_GROUP where nothing was written. */
  private findGroup(index: number, depth: number): number {
    let group = TOP_GROUP
    for (let d = depth - 1; d >= 0 && group !== NO_GROUP; d--) {
      group = this.children[group * GROUP_LEAVES + ((index >>> (d * GROUP_LEVELS)) & (GROUP_LEAVES - 1))]
    }
    return group
  }

  /** The group of a page; makes it, and those above it, where they do not exist. */
  private pageGroup(page: number): number {
    let group = TOP_GROUP
    for (let depth = 1; depth <= PAGE_DEPTH; depth++) {
      const slot = group * GROUP_LEAVES + leafInGroup(page, depth - 1)
      if (this.children[slot] === NO_GROUP) {
        // The child is made first: addGroup may replace this.children.
        const child = this.addGroup(depth)
        this.children[slot] = child
      }
      group = this.children[slot]
    }
    return group
  }

  /** Carries the root of a page's group up to the memory root. */
  private raise(pageGroup: number, page: number): void {
    const above = this.groupsAbove(page)
    let child = pageGroup
    for (let depth = PAGE_DEPTH - 1; depth >= 0; depth--) {
      const heapNode = GROUP_LEAVES + leafInGroup(page, depth)
      const parent = this.address(above[depth])
      this.kernel.bytes.copyWithin(
        parent + heapNode * HASH_BYTES,
        this.address(child) + HASH_BYTES,
        this.address(child) + 2 * HASH_BYTES,
      )
      this.kernel.functions.update_path(parent, heapNode)
      child = above[depth]
    }
  }

  /** The groups over a page, by depth, without the page's own. */
  private groupsAbove(page: number): number[] {
    const groups = [TOP_GROUP]
    for (let depth = 0; depth < PAGE_DEPTH - 1; depth++) {
      groups.push(this.children[groups[depth] * GROUP_LEAVES + leafInGroup(page, depth)])
    }
    return groups
  }

  private hashAt(group: number, heapNode: number): Uint8Array {
    const start = this.address(group) + heapNode * HASH_BYTES
    return this.kernel.bytes.slice(start, start + HASH_BYTES)
  }

  private address(group: number): number {
    return GROUPS + group * GROUP_BYTES
  }

  private addGroup(depth: number): number {
    const group = this.allocate()
    this.kernel.bytes.copyWithin(this.address(group), this.address(depth), this.address(depth + 1))
    return group
  }

  private addZeroTemplate(depth: number): void {
    const address = this.address(this.allocate())
    const rootHeight = MEMORY_HEIGHT - depth * GROUP_LEVELS
    for (let node = 1, height = rootHeight; node < 2 * GROUP_LEAVES; node++) {
      if (node >= 2 ** (rootHeight - height + 1)) height--
      this.kernel.bytes.set(zeroHash(height), address + node * HASH_BYTES)
    }
  }

  private allocate(): number {
    const group = this.numGroups++
    this.kernel.reserve(this.address(group + 1))
    if (this.numGroups * GROUP_LEAVES > this.children.length) {
      const grown = new Int32Array(2 * this.children.length)
      grown.set(this.children)
      this.children = grown
    }
    this.children.fill(NO_GROUP, group * GROUP_LEAVES, this.numGroups * GROUP_LEAVES)
    return group
  }
}

/** Which leaf of its group at `depth` a page lies under. */
function leafInGroup(page: number, depth: number): number {
  return (page >>> ((PAGE_DEPTH - 1 - depth) * GROUP_LEVELS)) & (GROUP_LEAVES - 1)
}
