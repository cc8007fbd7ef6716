import { KERNEL_HEAP_START, KeccakKernel } from './keccakKernel.ts'

/** Bytes of a hash. */
export const HASH_BYTES = 32

const OUTPUT = KERNEL_HEAP_START
const INPUT = KERNEL_HEAP_START + HASH_BYTES
/** Padding adds at most one rate of 136 bytes. */
const MAX_PADDING_BYTES = 136

let kernel: KeccakKernel | undefined

/**
 * keccak-256 of `bytes`, 32 bytes: the hash of the Ethereum yellow paper (original Keccak padding, not SHA3-256).
 *
 * Synchronous; any length.
 * @see spec/03-commitments.md
 */
export function keccak256(bytes: Uint8Array): Uint8Array {
  kernel ??= new KeccakKernel()
  kernel.reserve(INPUT + bytes.length + MAX_PADDING_BYTES)
  kernel.bytes.set(bytes, INPUT)
  kernel.functions.hash_message(INPUT, bytes.length, OUTPUT)
  return kernel.bytes.slice(OUTPUT, INPUT)
}

/** `keccak256(left ‖ right)` of two 32-byte hashes: an inner node of a Merkle tree (spec/03 §1). */
export function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hashUp(left, [right])
}

/** The ancestor of `left` whose right siblings on the way up are `rights`, bottom first: 32 bytes each. */
export function hashUp(left: Uint8Array, rights: readonly Uint8Array[]): Uint8Array {
  kernel ??= new KeccakKernel()
  kernel.reserve(INPUT + 2 * HASH_BYTES + MAX_PADDING_BYTES)
  kernel.bytes.set(left, INPUT)
  for (const right of rights) {
    kernel.bytes.set(right, INPUT + HASH_BYTES)
    // The kernel has read all of a message before it writes the hash.
    kernel.functions.hash_message(INPUT, 2 * HASH_BYTES, INPUT)
  }
  return kernel.bytes.slice(INPUT, INPUT + HASH_BYTES)
}
