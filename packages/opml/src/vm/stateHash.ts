import { keccak256 } from '../core/keccak.ts'

/** 32 registers as 4 bytes big-endian each: the first part of a state's preimage. */
export const REGISTER_BYTES = 128

/** A state's preimage: registers, then the memory root. */
export const STATE_BYTES = 160

/**
 * The 160 bytes whose keccak is the state hash: pc, x1 … x31 as 4 bytes big-endian each, then the memory root.
 *
 * @param registers - 32 words, pc in the place of x0.
 * @param memoryRoot - 32 bytes.
 */
export function encodeState(registers: Uint32Array, memoryRoot: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(STATE_BYTES)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < 32; i++) view.setUint32(4 * i, registers[i], false)
  bytes.set(memoryRoot, REGISTER_BYTES)
  return bytes
}

/**
 * Commitment to a machine state: `keccak256(pc ‖ x1 ‖ … ‖ x31 ‖ memoryRoot)`, 32 bytes.
 *
 * @param registers - 32 words, pc in the place of x0.
 * @param memoryRoot - root of the height-25 tree over memory, 32 bytes.
 * @see spec/04-machine.md §1
 */
export function stateHash(registers: Uint32Array, memoryRoot: Uint8Array): Uint8Array {
  return keccak256(encodeState(registers, memoryRoot))
}
