/** The state before one step of a vector, and the step's name. All numbers are unsigned unless they say otherwise. */
export interface IsaCase {
  /** Unique inside its file. */
  readonly name: string
  /** The instruction as text, or what the case is about. */
  readonly note: string
  readonly pc: number
  /** The word at `pc`; undefined when the step fetches none. */
  readonly word?: number
  /** Registers that matter, by index; the others get {@link filler} values. */
  readonly registers?: Readonly<Record<number, number>>
  /** CODE_END in bytes; {@link CODE_END} when missing. */
  readonly codeEnd?: number
  /** Bytes in memory besides the code, by address. */
  readonly memory?: ReadonlyMap<number, number>
}

/** CODE_END of most cases: two blocks of code, so that a code proof has one sibling. */
export const CODE_END = 256

/** Where most cases stand: not at the start of a block, with code before and behind. */
export const PC = 0x50

/** Operands at which implementations err. */
export const CORNERS: readonly number[] = [0, 1, 0xffffffff, 0x80000000, 0x7fffffff]

/** A value for register `index` that no case expects by chance: odd, with the sign bit set in every second one. */
export function filler(index: number): number {
  return (((index * 0x9e3779b1) % 2 ** 32) | 1) >>> 0
}

/** 0x-prefixed 8 digits for names and notes. */
export const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`

/** A small generator (mulberry32) of unsigned 32-bit words; the same seed gives the same words everywhere. */
export function wordGenerator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return (word ^ (word >>> 14)) >>> 0
  }
}
