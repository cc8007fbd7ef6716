import { hashPair, hashUp, keccak256 } from './keccak.ts'

/** Bytes of a block: the preimage of a leaf (spec/03 §1). */
export const BLOCK_BYTES = 128

const zeroHashes: Uint8Array[] = []

/** `Z_height`, 32 bytes: the root of 2^height zero blocks (spec/03 §1). A copy; height 0 or more. */
export function zeroHash(height: number): Uint8Array {
  return zeroHashesTo(height)[height].slice()
}

/** The hashes themselves, those of `height` and below among them. */
function zeroHashesTo(height: number): readonly Uint8Array[] {
  if (zeroHashes.length === 0) zeroHashes.push(keccak256(new Uint8Array(BLOCK_BYTES)))
  while (zeroHashes.length <= height) {
    const below = zeroHashes[zeroHashes.length - 1]
    zeroHashes.push(hashPair(below, below))
  }
  return zeroHashes
}

/** The root at height `to` of the tree whose leftmost subtree of height `from` has `root` and whose other blocks are zero. */
export function liftRoot(root: Uint8Array, heights: { from: number; to: number }): Uint8Array {
  const { from, to } = heights
  return hashUp(root, zeroHashesTo(to).slice(from, to))
}
