/** An aligned region of machine memory that holds one byte string as length word, bytes, zeros (spec/03 §2). */
export interface Slot {
  /** Start in bytes; a multiple of the slot's size. */
  readonly address: number
  /** The slot has 2^height blocks of 128 bytes. */
  readonly height: number
}

/** Bytes of a loaded segment at their address; the rest of memory is zero. */
export interface MemorySegment {
  readonly address: number
  readonly bytes: Uint8Array
}

/** What a machine starts from, besides its registers. */
export interface MachineStart {
  readonly segments: readonly MemorySegment[]
  /** First pc. */
  readonly entry: number
  /** CODE_END in bytes: fetches at or above it and stores below it trap. */
  readonly codeEnd: number
}

/** A program loaded from an ELF file (spec/04 §5). */
export interface MachineImage extends MachineStart {
  readonly input: Slot
  readonly output: Slot
}

/** Pages are what executors track writes by; a page is 32 blocks. */
export const PAGE_BYTES = 4096

/** Byte-addressed memory of 2^32 bytes, sparse, zero where nothing was written. */
export interface GuestMemory {
  /** Copies `length` bytes from `address` (address + length at most 2^32). */
  read(address: number, length: number): Uint8Array
  /** Writes `bytes` at `address` and marks the pages dirty. */
  write(address: number, bytes: Uint8Array): void
  /** Indices (address / 4096), ascending, of the pages written since the last call; clears the list. */
  takeDirtyPages(): Uint32Array
}

/**
 * A running RV32IM machine (spec/04). Interpreter and translator implement it with the same observable behaviour.
 */
export interface Machine {
  readonly codeEnd: number
  /** 32 words: pc in place of x0, then x1 … x31. A live view: writing changes the machine. */
  readonly registers: Uint32Array
  readonly memory: GuestMemory
  /** pc at or above 0xFFFFFF00. */
  readonly isHalted: boolean
  /**
   * Executes at most `maxSteps` instructions (an integer, 0 to 2^53 − 1) and stops exactly there, or at the halt.
   *
   * Returns the number of steps that changed the state: the step that halts counts, self-steps of a halted state do not.
   */
  run(maxSteps: number): number
}
