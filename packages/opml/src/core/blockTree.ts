import { HASH_BYTES } from './keccak.ts'
import { KERNEL_HEAP_START, KeccakKernel } from './keccakKernel.ts'
import { MerkleTree } from './merkleTree.ts'
import { BLOCK_BYTES, zeroHash } from './merkleZero.ts'

/** Blocks that are hashed in one call: 1 MiB. */
const BATCH_BLOCKS = 8192

let kernel: KeccakKernel | undefined

/**
 * The tree of 2^height blocks over `bytes` with all its nodes, zero behind the bytes (spec/03-commitments.md §1). It takes half as much memory
 * as the bytes.
 *
 * @throws {RangeError} when the bytes do not fit.
 */
export function blockTree(bytes: Uint8Array, height: number): MerkleTree {
  const numBlocks = Math.ceil(bytes.length / BLOCK_BYTES)
  const leaves = new Uint8Array(numBlocks * HASH_BYTES)
  kernel ??= new KeccakKernel()
  for (let first = 0; first < numBlocks; first += BATCH_BLOCKS) {
    const batch = bytes.subarray(first * BLOCK_BYTES, (first + BATCH_BLOCKS) * BLOCK_BYTES)
    const count = Math.ceil(batch.length / BLOCK_BYTES)
    const end = KERNEL_HEAP_START + count * BLOCK_BYTES
    kernel.reserve(end)
    kernel.bytes.set(batch, KERNEL_HEAP_START)
    kernel.bytes.fill(0, KERNEL_HEAP_START + batch.length, end)
    kernel.functions.hash_blocks(KERNEL_HEAP_START, count, KERNEL_HEAP_START)
    const hashes = kernel.bytes.subarray(KERNEL_HEAP_START, KERNEL_HEAP_START + count * HASH_BYTES)
    leaves.set(hashes, first * HASH_BYTES)
  }
  return new MerkleTree({ leaves, padding: zeroHash(0), height })
}
