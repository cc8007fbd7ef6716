/**
 * Where the translator keeps its own data: inside the guest's 4 GiB, at the top, because compiled code has one memory.
 *
 * Compiled code reaches the guest's bytes only below {@link RESERVED_START}. An access above it leaves the compiled code and is
 * performed by one interpreted step on a buffer apart ({@link TranslatorMemory}), so that the guest still sees 2^32 bytes.
 */

/** One byte a page, non-zero when the page was written: page p (address / 4096) at this address + p. */
export const DIRTY_TABLE_START = 0xfff00000

/** Number of entries of the jump cache; entry of a pc: `(pc >>> 2) mod` this. */
export const JUMP_CACHE_ENTRIES = 0x10000

/** Direct-mapped cache from pc to function index: entries of two words, `~pc` and the index. Empty entries are zero. */
export const JUMP_CACHE_START = DIRTY_TABLE_START - 8 * JUMP_CACHE_ENTRIES

/** Number of counters of jumps; counter of a pc: `(pc >>> 2) mod` this. */
export const HEAT_ENTRIES = 0x10000

/** Signed words: how often control jumped to pcs that have no compiled code. Pcs of one counter share it. */
export const HEAT_START = JUMP_CACHE_START - 4 * HEAT_ENTRIES

/** First address that compiled code may not access for the guest: where the counters begin; a multiple of 4096. */
export const RESERVED_START = 0xffe40000

/** Entries of the dirty table that belong to pages below {@link RESERVED_START}; the last 448 bytes are free. */
export const DIRTY_TABLE_ENTRIES = RESERVED_START / 4096

/** 32 words between regions: pc, x1 … x31. */
export const REGISTERS_START = 0xffffff00

/** Signed word: steps that compiled code may still retire. */
export const BUDGET_ADDRESS = 0xffffff80

/** Word: why the last region was left, an {@link ExitReason}. */
export const EXIT_REASON_ADDRESS = 0xffffff84

/** Why a region was left. */
export const ExitReason = {
  /** Control went elsewhere, or the budget ran out. */
  none: 0,
  /** The next instruction is one that only the interpreter performs. */
  mustInterpret: 1,
  /** The budget ran out in a region that was compiled quickly. */
  outOfBudgetInQuickRegion: 2,
} as const

/** Registers that compiled code works on, in the order of the state (pc in place of x0). */
export const NUM_REGISTERS = 32
