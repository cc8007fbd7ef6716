import { HASH_BYTES, hashPair } from './keccak.ts'
import { KERNEL_HEAP_START, KeccakKernel } from './keccakKernel.ts'
import { TreeOverflowError } from './merkleErrors.ts'
import { MerkleTree } from './merkleTree.ts'
import { BLOCK_BYTES, liftRoot, zeroHash } from './merkleZero.ts'

/** Height of the subtrees that are hashed in one call: 1 MiB of blocks, which with their hashes stay in a core's cache. */
export const CHUNK_HEIGHT = 13

/** Blocks of half a subtree from which on it is split rather than filled up with zeros, which cost as much as other blocks. */
const MIN_HALF = 16

let kernel: KeccakKernel | undefined

/** The least k with 2^k ≥ count, for count ≥ 1. */
export function ceilLog2(count: number): number {
  let k = 0
  while (2 ** k < count) k++
  return k
}

/**
 * Root of a tree of `height` ≤ {@link CHUNK_HEIGHT} over `bytes`, zero behind them, computed in `kernel`.
 *
 * SAFETY: the caller has checked that the bytes fit.
 */
export function chunkRoot(hasher: KeccakKernel, bytes: Uint8Array, height: number): Uint8Array {
  const count = Math.max(1, Math.ceil(bytes.length / BLOCK_BYTES))
  const tight = ceilLog2(count)
  const half = 2 ** (tight - 1)
  if (count < 2 ** tight && half >= MIN_HALF) {
    const left = chunkRoot(hasher, bytes.subarray(0, half * BLOCK_BYTES), tight - 1)
    const right = chunkRoot(hasher, bytes.subarray(half * BLOCK_BYTES), tight - 1)
    return liftRoot(hashPair(left, right), { from: tight, to: height })
  }
  const end = KERNEL_HEAP_START + 2 ** tight * BLOCK_BYTES
  hasher.reserve(end)
  hasher.bytes.set(bytes, KERNEL_HEAP_START)
  hasher.bytes.fill(0, KERNEL_HEAP_START + bytes.length, end)
  hasher.functions.subtree_root(KERNEL_HEAP_START, tight, KERNEL_HEAP_START, KERNEL_HEAP_START)
  return liftRoot(hasher.bytes.slice(KERNEL_HEAP_START, KERNEL_HEAP_START + HASH_BYTES), { from: tight, to: height })
}

/**
 * Root of the tree of 2^height blocks over `bytes`, 32 bytes; blocks behind the bytes are zero (spec/03 §1).
 *
 * Cost follows the bytes, not the height. One thread; {@link HashPool} shares the work out.
 * @throws {TreeOverflowError} when the bytes do not fit.
 */
export function merkleRoot(bytes: Uint8Array, height: number): Uint8Array {
  if (bytes.length > BLOCK_BYTES * 2 ** height) throw new TreeOverflowError({ numBytes: bytes.length, height })
  kernel ??= new KeccakKernel()
  if (height <= CHUNK_HEIGHT) return chunkRoot(kernel, bytes, height)
  const chunkBytes = BLOCK_BYTES * 2 ** CHUNK_HEIGHT
  const roots = new Uint8Array(Math.ceil(bytes.length / chunkBytes) * HASH_BYTES)
  for (let i = 0; i * chunkBytes < bytes.length; i++) {
    roots.set(chunkRoot(kernel, bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes), CHUNK_HEIGHT), i * HASH_BYTES)
  }
  return rootOfChunks(roots, height)
}

/** Root at `height` over the roots of consecutive chunks of height {@link CHUNK_HEIGHT}, 32 bytes each; zero behind them. */
export function rootOfChunks(roots: Uint8Array, height: number): Uint8Array {
  return new MerkleTree({ leaves: roots, padding: zeroHash(CHUNK_HEIGHT), height: height - CHUNK_HEIGHT }).root()
}
