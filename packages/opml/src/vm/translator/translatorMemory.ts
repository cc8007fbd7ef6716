import { type GuestMemory, type MemorySegment, PAGE_BYTES } from '../machine.ts'
import type { AccessBytes } from '../state.ts'
import { TranslatorMemoryError } from './errors.ts'
import { DIRTY_TABLE_ENTRIES, DIRTY_TABLE_START, RESERVED_START } from './layout.ts'
import { Lazy } from './lazy.ts'
import { CodeWriter, encodeModule, MEMORY_WASM_PAGES, Op } from './wasm.ts'

const MEMORY_BYTES = 2 ** 32
const RESERVED_BYTES = MEMORY_BYTES - RESERVED_START
const RESERVED_PAGES = RESERVED_BYTES / PAGE_BYTES

/** Entries of the dirty table that one step of the scan looks at. */
const SCAN_BYTES = 32

/** The guest's bytes at or above RESERVED_START, where the translator keeps its own data in the real memory. */
class ReservedRange {
  readonly bytes = new Uint8Array(RESERVED_BYTES)
  readonly view = new DataView(this.bytes.buffer)
  readonly isDirty = new Uint8Array(RESERVED_PAGES)
}

/**
 * 2^32 bytes of guest memory inside one WebAssembly memory, so that compiled code reaches them without bounds checks.
 *
 * The host gives pages of it real memory when they are first touched. The guest's bytes at or above RESERVED_START lie apart.
 */
export class TranslatorMemory implements GuestMemory {
  /** What compiled code imports. */
  readonly wasmMemory: WebAssembly.Memory
  /** Whether that is a shared memory. */
  readonly isShared: boolean
  readonly #u8: Uint8Array
  readonly #u16: Uint16Array
  readonly #u32: Uint32Array
  readonly #reserved = new Lazy(() => new ReservedRange())
  readonly #scan = new Lazy(() => instantiateScan(this))

  /**
   * A memory that holds `segments`; their pages count as written.
   *
   * Only one thread uses it, but it is a shared memory where the host has them: for every 4 GiB of unshared memory V8 collects
   * garbage (4 to 25 ms here; shared 0.03 ms). `isShared` false takes an unshared one.
   * @throws {TranslatorMemoryError} when the host has no 4 GiB of address space.
   */
  constructor(segments: readonly MemorySegment[] = [], isShared = true) {
    this.wasmMemory = (isShared ? tryAllocateShared() : undefined) ?? allocate(false)
    const { buffer } = this.wasmMemory
    this.isShared = !(buffer instanceof ArrayBuffer)
    this.#u8 = new Uint8Array(buffer)
    this.#u16 = new Uint16Array(buffer)
    this.#u32 = new Uint32Array(buffer)
    for (const segment of segments) this.write(segment.address, segment.bytes)
  }

  /** @throws {RangeError} when the range leaves the memory. */
  read(address: number, length: number): Uint8Array {
    assertRange(address, length)
    const split = splitPoint(address, length)
    if (split === length) return this.#u8.slice(address, address + length)
    const out = new Uint8Array(length)
    out.set(this.#u8.subarray(address, address + split))
    const start = address + split - RESERVED_START
    if (this.#reserved.isMade) out.set(this.#reserved.value.bytes.subarray(start, start + length - split), split)
    return out
  }

  /** @throws {RangeError} when the range leaves the memory. */
  write(address: number, bytes: Uint8Array): void {
    assertRange(address, bytes.length)
    if (bytes.length === 0) return
    const split = splitPoint(address, bytes.length)
    if (split > 0) {
      this.#u8.set(bytes.subarray(0, split), address)
      this.#u8.fill(1, dirtyByte(address), dirtyByte(address + split - 1) + 1)
    }
    if (split === bytes.length) return
    const start = address + split - RESERVED_START
    const last = start + bytes.length - split - 1
    this.#reserved.value.bytes.set(bytes.subarray(split), start)
    this.#reserved.value.isDirty.fill(1, Math.floor(start / PAGE_BYTES), Math.floor(last / PAGE_BYTES) + 1)
  }

  takeDirtyPages(): Uint32Array {
    const pages: number[] = []
    const scan = this.#scan.value
    for (let at = scan(0); at < DIRTY_TABLE_ENTRIES; at = scan(at + SCAN_BYTES)) {
      const start = DIRTY_TABLE_START + at
      for (let i = 0; i < SCAN_BYTES; i++) if (this.#u8[start + i] !== 0) pages.push(at + i)
      this.#u8.fill(0, start, start + SCAN_BYTES)
    }
    if (this.#reserved.isMade) {
      const { isDirty } = this.#reserved.value
      isDirty.forEach((dirty, i) => {
        if (dirty !== 0) pages.push(DIRTY_TABLE_ENTRIES + i)
      })
      isDirty.fill(0)
    }
    return Uint32Array.from(pages)
  }

  /** The zero-extended little-endian value at `address` (0 to 2^32 − numBytes), a multiple of `numBytes`. */
  load(address: number, numBytes: AccessBytes): number {
    if (address < RESERVED_START) {
      if (numBytes === 4) return this.#u32[address / 4]
      return numBytes === 1 ? this.#u8[address] : this.#u16[address / 2]
    }
    if (!this.#reserved.isMade) return 0
    const { bytes, view } = this.#reserved.value
    const offset = address - RESERVED_START
    if (numBytes === 4) return view.getUint32(offset, true)
    return numBytes === 1 ? bytes[offset] : view.getUint16(offset, true)
  }

  /** Stores the low `numBytes` bytes of `value` little-endian at `address`, a multiple of `numBytes`. */
  store(address: number, numBytes: AccessBytes, value: number): void {
    if (address < RESERVED_START) {
      this.#u8[dirtyByte(address)] = 1
      if (numBytes === 4) this.#u32[address / 4] = value
      else if (numBytes === 1) this.#u8[address] = value
      else this.#u16[address / 2] = value
      return
    }
    const { bytes, view, isDirty } = this.#reserved.value
    const offset = address - RESERVED_START
    isDirty[Math.floor(offset / PAGE_BYTES)] = 1
    if (numBytes === 4) view.setUint32(offset, value, true)
    else if (numBytes === 1) bytes[offset] = value
    else view.setUint16(offset, value, true)
  }
}

const dirtyByte = (address: number): number => DIRTY_TABLE_START + Math.floor(address / PAGE_BYTES)

/** How many of the `length` bytes at `address` lie below RESERVED_START. */
const splitPoint = (address: number, length: number): number => Math.max(0, Math.min(length, RESERVED_START - address))

function assertRange(address: number, length: number): void {
  if (!Number.isInteger(address) || address < 0 || !(length >= 0) || address + length > MEMORY_BYTES)
    throw new RangeError(`Memory has 2^32 bytes; ${length} bytes at ${address} are not inside.`)
}

/** Undefined where the host has no shared memories, as browsers for pages that are not isolated. */
function tryAllocateShared(): WebAssembly.Memory | undefined {
  try {
    return allocate(true)
  } catch {
    // Why is seen when an unshared memory fails as well.
    return undefined
  }
}

function allocate(shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: MEMORY_WASM_PAGES, maximum: MEMORY_WASM_PAGES, shared })
  } catch (cause) {
    throw new TranslatorMemoryError(cause)
  }
}

/** `scan(from)`: the first multiple of SCAN_BYTES at or after `from` whose dirty bytes are not all zero, or the table's end. */
function encodeScan(isShared: boolean): Uint8Array<ArrayBuffer> {
  const code = new CodeWriter()
  code.open(Op.loop)
  code.indexed(Op.localGet, 0)
  code.i32(DIRTY_TABLE_ENTRIES)
  code.op(Op.i32GeU)
  code.open(Op.if)
  code.indexed(Op.localGet, 0)
  code.op(Op.return)
  code.op(Op.end)
  for (let i = 0; i < SCAN_BYTES; i += 8) {
    code.indexed(Op.localGet, 0)
    code.memory(Op.i64Load, 3, DIRTY_TABLE_START + i)
    if (i > 0) code.op(Op.i64Or)
  }
  code.op(Op.i64Eqz)
  code.open(Op.if)
  code.indexed(Op.localGet, 0)
  code.i32(SCAN_BYTES)
  code.op(Op.i32Add)
  code.indexed(Op.localSet, 0)
  code.indexed(Op.br, 1)
  code.op(Op.end)
  code.op(Op.end)
  code.indexed(Op.localGet, 0)
  const scan = { name: 'scan', numParameters: 1, hasResult: true, numLocals: 0, code: code.view() }
  return encodeModule([scan], { isShared })
}

const sharedScan = new Lazy(() => new WebAssembly.Module(encodeScan(true)))
const unsharedScan = new Lazy(() => new WebAssembly.Module(encodeScan(false)))

function instantiateScan({ wasmMemory, isShared }: TranslatorMemory): (from: number) => number {
  const module = (isShared ? sharedScan : unsharedScan).value
  const instance = new WebAssembly.Instance(module, { machine: { memory: wasmMemory } })
  // The module above exports exactly this function.
  return instance.exports.scan as (from: number) => number
}
