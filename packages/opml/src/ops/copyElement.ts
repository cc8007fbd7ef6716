import type { Elements } from './elements.ts'

function bytesOf(elements: Elements): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)
}

/** Copies element `from` of `source` to element `index` of `out`, of one dtype; a NaN keeps its bits. */
export function copyElement(out: Elements, index: number, source: Elements, from: number): void {
  const size = out.BYTES_PER_ELEMENT
  bytesOf(out).set(bytesOf(source).subarray(from * size, (from + 1) * size), index * size)
}
