import { hashPair, keccak256 } from './keccak.ts'

/** Bytes of a block: the preimage of a leaf (spec/03 §1). */
export const BLOCK_BYTES = 128

const zeroHashes: Uint8Array[] = []

/** `Z_height`, 32 bytes: the root of 2^height zero blocks (spec/03 §1). A copy; height 0 or more. */
export function zeroHash(height: number): Uint8Array {
  if (zeroHashes.length === 0) zeroHashes.push(keccak256(new Uint8Array(BLOCK_BYTES)))
  while (zeroHashes.length <= height) {
    const below = zeroHashes[zeroHashes.length - 1]
    zeroHashes.push(hashPair(below, below))
  }
  return zeroHashes[height].slice()
}

/** The root at height `to` of the tree whose leftmost subtree of height `from` has `root` and whose other blocks are zero. */
export function liftRoot(root: Uint8Array, heights: { from: number; to: number }): Uint8Array {
  let lifted = root
  for (let height = heights.from; height < heights.to; height++) lifted = hashPair(lifted, zeroHash(height))
  return lifted
}
