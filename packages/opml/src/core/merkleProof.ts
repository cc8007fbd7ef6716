import { bytesEqual } from './bytes.ts'
import { HASH_BYTES, hashPair } from './keccak.ts'

/** A node of a tree with the siblings on its way up (spec/03 §1). */
export interface MerkleProof {
  /** Hash of the node, 32 bytes. */
  readonly node: Uint8Array
  /** Index of the node among those of its height, from the left; at most 2^53 − 1. */
  readonly position: number
  /** Sibling hashes, bottom up; sibling j stands on the left exactly when bit j of `position` is 1. */
  readonly siblings: readonly Uint8Array[]
}

/** The root that `proof` leads to, 32 bytes. Bits of the position above the last sibling are ignored: see {@link verifyProof}. */
export function rootFromProof(proof: MerkleProof): Uint8Array {
  let hash = proof.node
  let rest = proof.position
  for (const sibling of proof.siblings) {
    hash = rest % 2 === 1 ? hashPair(sibling, hash) : hashPair(hash, sibling)
    rest = Math.floor(rest / 2)
  }
  return hash
}

/**
 * True when `proof` proves its node against `root` over exactly `height` levels (spec/03 §1: no other length is accepted).
 *
 * A position outside the tree, a hash that is not 32 bytes and a wrong number of siblings give false, never an error.
 */
export function verifyProof(proof: MerkleProof, claim: { root: Uint8Array; height: number }): boolean {
  const { node, position, siblings } = proof
  if (siblings.length !== claim.height) return false
  if (!Number.isSafeInteger(position) || position < 0 || position >= 2 ** claim.height) return false
  if (![node, ...siblings].every((hash) => hash.length === HASH_BYTES)) return false
  return bytesEqual(rootFromProof(proof), claim.root)
}

/** The node above its 2^depth descendants at one height, given left to right: how an opening is checked. */
export function rootFromDescendants(descendants: readonly Uint8Array[]): Uint8Array {
  let level = descendants
  while (level.length > 1) {
    const below = level
    level = Array.from({ length: below.length / 2 }, (_, i) => hashPair(below[2 * i], below[2 * i + 1]))
  }
  return level[0]
}
