import { concatBytes } from 'opml/core'
import type { Bytes32 } from 'opml/core'

/** How bytes are asked for. */
export interface ContentRequest {
  /** Longer ones are refused before they fill the memory or a disk. */
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

/**
 * Bytes by a hash of theirs: inputs that are not on the chain, by the root that is; published models by their id, and the files of
 * their bundles by digest.
 *
 * A store is no authority. Whoever reads from it recomputes the hash and believes nothing else; a store that lies, or lost what it had,
 * can withhold bytes, never change them.
 */
export interface ContentStore {
  /** Where it is, for messages; holds no secret. */
  readonly place: string
  /**
   * The bytes under a hash, unchecked; null where there are none.
   *
   * @throws {ContentTooLongError} {@link ContentStoreError}
   */
  get(hash: Bytes32, request: ContentRequest): Promise<Uint8Array | null>
  /** As {@link ContentStore.get}, part by part: nothing but the present part need be in memory. Throws while it is read, too. */
  stream(hash: Bytes32, request: ContentRequest): Promise<AsyncIterable<Uint8Array> | null>
  /**
   * Puts bytes under their hash; what is there already is replaced.
   *
   * @throws {ContentStoreError}
   */
  put(hash: Bytes32, bytes: Uint8Array): Promise<void>
  /**
   * Puts a file under its SHA-256, without reading it into memory.
   *
   * @throws {ContentStoreError}
   */
  putFile(sha256: Bytes32, path: string): Promise<void>
}

/** All of a stream; null for null. */
export async function wholeContent(stream: AsyncIterable<Uint8Array> | null): Promise<Uint8Array | null> {
  if (stream === null) return null
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return concatBytes(parts)
}
