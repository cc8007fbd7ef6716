import { type MemorySegment, PAGE_BYTES } from './machine.ts'

/**
 * The bytes [address, address + length) of a memory that holds `segments` and is zero elsewhere; of overlapping ones the last
 * wins.
 */
export function readSegments(segments: readonly MemorySegment[], address: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (const segment of segments) {
    const from = Math.max(address, segment.address)
    const to = Math.min(address + length, segment.address + segment.bytes.length)
    if (from < to) bytes.set(segment.bytes.subarray(from - segment.address, to - segment.address), from - address)
  }
  return bytes
}

/** Indices of the pages that `segments` touch, ascending. */
export function pagesOfSegments(segments: readonly MemorySegment[]): number[] {
  const pages = new Set<number>()
  for (const { address, bytes } of segments) {
    for (let page = Math.floor(address / PAGE_BYTES); page * PAGE_BYTES < address + bytes.length; page++)
      pages.add(page)
  }
  return [...pages].sort((a, b) => a - b)
}
