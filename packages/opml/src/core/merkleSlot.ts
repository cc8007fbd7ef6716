import { SlotOverflowError } from './merkleErrors.ts'
import { merkleRoot } from './merkleRoot.ts'
import { BLOCK_BYTES } from './merkleZero.ts'

/** Bytes of a slot's length word. */
export const SLOT_LENGTH_BYTES = 4

/** The most bytes that a slot of `height` can hold: `128·2^height − 4` (spec/03 §2). */
export function slotCapacityBytes(height: number): number {
  return BLOCK_BYTES * 2 ** height - SLOT_LENGTH_BYTES
}

/**
 * The start of a slot that holds `bytes`: their number as a 32-bit little-endian word, then the bytes; the rest of the slot is
 * zero (spec/03 §2).
 *
 * @throws {SlotOverflowError} when they do not fit a slot of `height`.
 */
export function encodeSlot(bytes: Uint8Array, height: number): Uint8Array {
  if (bytes.length > slotCapacityBytes(height)) throw new SlotOverflowError({ numBytes: bytes.length, height })
  const slot = new Uint8Array(SLOT_LENGTH_BYTES + bytes.length)
  new DataView(slot.buffer).setUint32(0, bytes.length, true)
  slot.set(bytes, SLOT_LENGTH_BYTES)
  return slot
}

/**
 * The slot root, 32 bytes: the root of the slot's 2^height blocks, which commits length and bytes alike (spec/03 §2).
 *
 * @throws {SlotOverflowError} when the bytes do not fit.
 */
export function slotRoot(bytes: Uint8Array, height: number): Uint8Array {
  return merkleRoot(encodeSlot(bytes, height), height)
}
