/** The most bytes of one chunk of an encoded slot (spec/03 §7). */
export const MAX_CHUNK_BYTES = 65_536

/** Where a chunk stands in the encoded slot. */
export interface InputChunk {
  readonly offset: number
  readonly end: number
  /** The last chunk comes with `requestUploaded`. */
  readonly isLast: boolean
}

/**
 * The largest chunk that may follow `offset` bytes of an encoded slot of `slotBytes`: it fills an aligned subtree of at most 64 KiB, or
 * is the last one (spec/03 §7).
 *
 * @param offset - bytes that have arrived: 0, or a multiple of 128 below `slotBytes`.
 */
export function nextInputChunk(offset: number, slotBytes: number): InputChunk {
  let size = MAX_CHUNK_BYTES
  while (offset % size !== 0) size /= 2
  const end = Math.min(offset + size, slotBytes)
  return { offset, end, isLast: end === slotBytes }
}
