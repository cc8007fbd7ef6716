import { bytesToHex, type Hex } from '../../core/bytes.ts'
import { merkleRoot } from '../../core/merkleRoot.ts'
import { CONSTANT_HEIGHT } from '../../graph/constantHasher.ts'

/** Root of a constant, as a manifest has it. @throws {TreeOverflowError} above 1 GiB. */
export function constantRoot(bytes: Uint8Array): Hex {
  return bytesToHex(merkleRoot(bytes, CONSTANT_HEIGHT))
}
