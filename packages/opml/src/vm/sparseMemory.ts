import { type GuestMemory, type MemorySegment, PAGE_BYTES } from './machine.ts'
import type { AccessBytes } from './state.ts'

const MEMORY_BYTES = 2 ** 32

/** 2^20 pages in a directory of 1,024 tables, so that an empty memory costs 1,024 words. */
const TABLE_BITS = 10

class Page {
  readonly index: number
  readonly bytes = new Uint8Array(PAGE_BYTES)
  readonly view = new DataView(this.bytes.buffer)
  isDirty = false

  constructor(index: number) {
    this.index = index
  }
}

/** 2^32 bytes of memory in 4 KiB pages that are allocated at their first write. */
export class SparseMemory implements GuestMemory {
  readonly #directory: (Array<Page | undefined> | undefined)[] = new Array(1 << TABLE_BITS).fill(undefined)
  #dirty: Page[] = []

  /** A memory that holds `segments`; their pages count as written. */
  constructor(segments: readonly MemorySegment[] = []) {
    for (const segment of segments) this.write(segment.address, segment.bytes)
  }

  /** @throws {RangeError} when the range leaves the memory. */
  read(address: number, length: number): Uint8Array {
    assertRange(address, length)
    const out = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const offset = (address + done) % PAGE_BYTES
      const count = Math.min(PAGE_BYTES - offset, length - done)
      const page = this.#find(address + done)
      if (page !== undefined) out.set(page.bytes.subarray(offset, offset + count), done)
      done += count
    }
    return out
  }

  /** @throws {RangeError} when the range leaves the memory. */
  write(address: number, bytes: Uint8Array): void {
    assertRange(address, bytes.length)
    for (let done = 0; done < bytes.length; ) {
      const offset = (address + done) % PAGE_BYTES
      const count = Math.min(PAGE_BYTES - offset, bytes.length - done)
      this.#touch(address + done).bytes.set(bytes.subarray(done, done + count), offset)
      done += count
    }
  }

  takeDirtyPages(): Uint32Array {
    const indices = Uint32Array.from(this.#dirty, (page) => page.index).sort()
    for (const page of this.#dirty) page.isDirty = false
    this.#dirty = []
    return indices
  }

  /** The zero-extended little-endian value at `address` (0 to 2^32 − numBytes), a multiple of `numBytes`. */
  load(address: number, numBytes: AccessBytes): number {
    const page = this.#find(address)
    if (page === undefined) return 0
    const offset = address & (PAGE_BYTES - 1)
    if (numBytes === 4) return page.view.getUint32(offset, true)
    return numBytes === 1 ? page.bytes[offset] : page.view.getUint16(offset, true)
  }

  /** Stores the low `numBytes` bytes of `value` little-endian at `address`, a multiple of `numBytes`. */
  store(address: number, numBytes: AccessBytes, value: number): void {
    const page = this.#touch(address)
    const offset = address & (PAGE_BYTES - 1)
    if (numBytes === 4) page.view.setUint32(offset, value, true)
    else if (numBytes === 1) page.bytes[offset] = value
    else page.view.setUint16(offset, value, true)
  }

  #find(address: number): Page | undefined {
    return this.#directory[address >>> 22]?.[(address >>> 12) & 1023]
  }

  /** The page of `address`, allocated and marked dirty. */
  #touch(address: number): Page {
    const page = this.#find(address) ?? this.#allocate(address)
    if (!page.isDirty) {
      page.isDirty = true
      this.#dirty.push(page)
    }
    return page
  }

  #allocate(address: number): Page {
    const table = (this.#directory[address >>> 22] ??= new Array(1 << TABLE_BITS).fill(undefined))
    const page = new Page(address >>> 12)
    table[page.index & 1023] = page
    return page
  }
}

function assertRange(address: number, length: number): void {
  if (!Number.isInteger(address) || address < 0 || !(length >= 0) || address + length > MEMORY_BYTES)
    throw new RangeError(`Memory has 2^32 bytes; ${length} bytes at ${address} are not inside.`)
}
