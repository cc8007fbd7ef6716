import { HASH_BYTES } from '../core/keccak.ts'
import { TreeOverflowError } from '../core/merkleErrors.ts'
import { CHUNK_HEIGHT, merkleRoot, rootOfChunks } from '../core/merkleRoot.ts'
import { BLOCK_BYTES } from '../core/merkleZero.ts'
import { MAX_TENSOR_BYTES } from './shape.ts'

/** Height to which constants and inputs are lifted: 1 GiB. */
export const CONSTANT_HEIGHT = 23

const CHUNK_BYTES = BLOCK_BYTES * 2 ** CHUNK_HEIGHT

/**
 * Root of a constant whose bytes come in pieces, of any sizes; keeps 1 MiB.
 *
 * @see spec/02-program.md §8
 * @example
 * const hasher = new ConstantHasher()
 * for await (const piece of file) hasher.update(piece)
 * const root = hasher.root()
 */
export class ConstantHasher {
  private readonly chunk = new Uint8Array(CHUNK_BYTES)
  private readonly roots: Uint8Array[] = []
  private numBytes = 0

  /** Adds the next bytes. @throws {TreeOverflowError} past 1 GiB; the hasher keeps what it had. */
  update(bytes: Uint8Array): void {
    const total = this.numBytes + bytes.length
    if (total > MAX_TENSOR_BYTES) throw new TreeOverflowError({ numBytes: total, height: CONSTANT_HEIGHT })
    for (let at = 0; at < bytes.length; ) {
      const filled = this.numBytes % CHUNK_BYTES
      const piece = bytes.subarray(at, at + CHUNK_BYTES - filled)
      this.chunk.set(piece, filled)
      at += piece.length
      this.numBytes += piece.length
      if (this.numBytes % CHUNK_BYTES === 0) this.roots.push(merkleRoot(this.chunk, CHUNK_HEIGHT))
    }
  }

  /** Root of the bytes so far, 32 bytes, zero behind them, at height {@link CONSTANT_HEIGHT}. */
  root(): Uint8Array {
    const filled = this.numBytes % CHUNK_BYTES
    const last = filled === 0 ? [] : [merkleRoot(this.chunk.subarray(0, filled), CHUNK_HEIGHT)]
    const roots = [...this.roots, ...last]
    const joined = new Uint8Array(roots.length * HASH_BYTES)
    for (const [i, root] of roots.entries()) joined.set(root, i * HASH_BYTES)
    return rootOfChunks(joined, CONSTANT_HEIGHT)
  }
}
