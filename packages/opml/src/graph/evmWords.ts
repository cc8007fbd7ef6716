const WORD_BYTES = 32
const BYTE_BITS = 8

/** A part of an EVM word: a number of `bits` bits, a multiple of 8. */
export interface WordPart {
  readonly bits: number
  readonly value: number
}

/** One word of parts from the left, zero behind them; 32 bytes. @throws {RangeError} when a value does not fit its bits. */
export function packWord(parts: readonly WordPart[]): Uint8Array {
  const word = new Uint8Array(WORD_BYTES)
  let end = 0
  for (const { bits, value } of parts) {
    end += bits / BYTE_BITS
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** bits)
      throw new RangeError(`${value} does not fit ${bits} bits.`)
    for (let at = end - 1, rest = value; rest > 0; at--, rest = Math.floor(rest / 256)) word[at] = rest % 256
  }
  return word
}

/** The word of a uint256, 32 bytes. */
export function uintWord(value: number): Uint8Array {
  return packWord([
    { bits: 192, value: 0 },
    { bits: 64, value },
  ])
}
