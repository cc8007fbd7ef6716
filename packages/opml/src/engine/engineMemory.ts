import { EngineMemoryError } from './engineErrors.ts'

/** Bytes of a page of WebAssembly memory. */
export const PAGE_BYTES = 65536

/** Most pages of an engine's memory: 4 GiB. */
export const MAX_PAGES = 65536

const INITIAL_PAGES = 64

/** A memory that can grow to {@link MAX_PAGES}. @throws {EngineMemoryError} */
export function newMemory(isShared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES, shared: isShared })
  } catch (cause) {
    throw new EngineMemoryError({ bytes: INITIAL_PAGES * PAGE_BYTES, cause })
  }
}
