import type { InputForm } from './inputForm.ts'

/** The most bytes of one chunk (spec/03 §7). */
export const MAX_CHUNK_BYTES = 65_536

/** Where a chunk stands in the posted bytes. */
export interface InputChunk {
  readonly offset: number
  readonly end: number
  /** The last chunk comes with `requestUploaded`. */
  readonly isLast: boolean
}

/**
 * The largest chunk that may follow `offset` posted bytes of `totalBytes`: it fills an aligned subtree of at most 64 KiB of its slot or
 * tensor, or is the last one there (spec/03 §7, §8).
 *
 * @param p.offset - bytes that have arrived: 0, or where a chunk has ended, below `totalBytes`.
 */
export function nextInputChunk(p: { form: InputForm; offset: number; totalBytes: number }): InputChunk {
  const { offset, totalBytes } = p
  const part = partAt(p)
  let size = MAX_CHUNK_BYTES
  while ((offset - part.start) % size !== 0) size /= 2
  const end = Math.min(offset + size, part.end)
  return { offset, end, isLast: end === totalBytes }
}

/** The bytes with a tree of their own that byte `offset` belongs to. */
function partAt(p: { form: InputForm; offset: number; totalBytes: number }): { start: number; end: number } {
  if (p.form.kind === 'slot') return { start: 0, end: p.totalBytes }
  let start = 0
  for (const length of p.form.lengths) {
    if (p.offset < start + length) return { start, end: start + length }
    start += length
  }
  return { start, end: p.totalBytes }
}
