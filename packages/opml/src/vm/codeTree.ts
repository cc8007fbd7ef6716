import { BLOCK_BYTES } from '../core/merkleZero.ts'
import type { MachineStart } from './machine.ts'
import { MemoryTree } from './memoryTree.ts'

/** The height of the code tree: the least k with 128·2^k ≥ codeEnd (spec/03 §4). `codeEnd` is in bytes, at most 2^30. */
export function codeHeight(codeEnd: number): number {
  let height = 0
  while (BLOCK_BYTES * 2 ** height < codeEnd) height++
  return height
}

/**
 * The tree that `codeRoot` commits to: the first `2^codeHeight` blocks of the image **as it was loaded**.
 *
 * Where CODE_END is no power of two the tree reaches beyond it, over bytes that the program may write. So instructions are
 * proven with this tree and not with the tree of the present memory, whose lower levels differ after such a write.
 */
export class CodeTree {
  /** Levels of the tree. */
  readonly height: number
  readonly #memory: MemoryTree

  /** Keeps the hashes of the image's pages: 2 KiB a page. */
  constructor(image: Pick<MachineStart, 'segments' | 'codeEnd'>) {
    this.height = codeHeight(image.codeEnd)
    this.#memory = new MemoryTree(image.segments)
  }

  /** `codeRoot`, 32 bytes. */
  root(): Uint8Array {
    return this.#memory.proveSubtree(0, this.height).node
  }

  /** The siblings of block `blockIndex` (pc >>> 7) in the code tree, bottom up: `height` hashes of 32 bytes. */
  proveCodeBlock(blockIndex: number): Uint8Array[] {
    return this.#memory.siblings(blockIndex, 0, this.height)
  }
}
