import { concatBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { merkleRoot } from '../core/merkleRoot.ts'

const RESULT_TAG = keccak256(new TextEncoder().encode('opml.result.program.1'))

/** The result of a tensor program, 32 bytes, from the roots of its outputs in the program's order (spec/03-commitments.md §6). */
export function resultOfRoots(roots: readonly Uint8Array[]): Uint8Array {
  return keccak256(concatBytes([RESULT_TAG, ...roots]))
}

/** The result of a tensor program, 32 bytes, from the bytes of its outputs; no trace is needed for it. */
export function programResult(outputs: readonly Uint8Array[], blockHeight: number): Uint8Array {
  return resultOfRoots(outputs.map((bytes) => merkleRoot(bytes, blockHeight)))
}
