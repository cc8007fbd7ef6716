import type { Bytes32 } from 'opml/core'

/**
 * Bytes by a hash of theirs: inputs that are not on the chain, by the root that is.
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
   * @param p.maxBytes - longer ones are refused before they fill the memory.
   * @throws {ContentTooLongError} {@link ContentStoreError}
   */
  get(hash: Bytes32, p: { maxBytes: number; signal?: AbortSignal }): Promise<Uint8Array | null>
  /**
   * Puts bytes under their hash; what is there already is replaced.
   *
   * @throws {ContentStoreError}
   */
  put(hash: Bytes32, bytes: Uint8Array): Promise<void>
}
