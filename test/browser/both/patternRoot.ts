import { bytesToHex, merkleRoot } from 'opml/core'
import type { ReadFile } from './readFile.ts'

/** `length` bytes in which a chunk out of place shows. */
export function patternBytes(length: number, buffer: ArrayBufferLike = new ArrayBuffer(length)): Uint8Array {
  const bytes = new Uint8Array(buffer)
  for (let i = 0; i < length; i++) bytes[i] = Math.imul(i, 2654435761) >>> 19
  return bytes
}

/** Root of the tree of `height` over {@link patternBytes}, on one thread. */
export async function patternRoot(_read: ReadFile, length: number, height: number): Promise<string> {
  return bytesToHex(merkleRoot(patternBytes(length), height))
}
