import { type SeededRandom, seededRandom } from 'opml/core'
import type { NumericsRule } from './numericsRules.ts'

/**
 * Bits of the values where implementations err: zeros, subnormals, both ends of the normals, halves and their neighbours, multiples of π/4, ends of
 * integer types and of binary16, saturation points of the functions, infinities, quiet and signalling NaN. Each is used with both signs.
 */
const SPECIAL_WORDS = [
  0x00000000, 0x00000001, 0x007fffff, 0x00800000, 0x00800001, 0x0d800000, 0x32ffffff, 0x33000000, 0x33000001,
  0x33800000, 0x387fc000, 0x387fe000, 0x38800000, 0x3effffff, 0x3f000000, 0x3f000001, 0x3f317218, 0x3f3504f3,
  0x3f3504f4, 0x3f490fdb, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fb504f3, 0x3fc00000, 0x3fc90fdb, 0x40000000,
  0x40200000, 0x40400000, 0x40490fdb, 0x40600000, 0x407fffff, 0x40800000, 0x411fffff, 0x41200000, 0x42b0c0a5,
  0x42b17217, 0x42b17218, 0x42b20000, 0x42b20001, 0x42b2d4fc, 0x42b40000, 0x42cff1b5, 0x42d00000, 0x42d00001,
  0x42fe0000, 0x42ff0000, 0x43000000, 0x437f0000, 0x437f8000, 0x43010000, 0x43170000, 0x45400000, 0x45400001,
  0x457fffff, 0x45800000, 0x46fffe00, 0x477fefff, 0x477ff000, 0x477fff00, 0x4affffff, 0x4b000000, 0x4b000001,
  0x4b7fffff, 0x4b800000, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000, 0x7e967699, 0x7f000000, 0x7f7f7fff,
  0x7f7f8000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x7fffffff,
].flatMap((bits) => [bits, (bits | 0x80000000) >>> 0])

/** Operands of a rule: words a and b of one length. */
export interface Operands {
  readonly a: Uint32Array
  readonly b: Uint32Array
}

function anyWord(random: SeededRandom): number {
  return random.below(2 ** 32)
}

/** A word whose exponent lies from 2^−16 to 2^8, where the functions bend. */
function middleWord(random: SeededRandom): number {
  return (((111 + random.below(25)) << 23) | (anyWord(random) & 0x807fffff)) >>> 0
}

/** `count` random operands: any bits, then as many with values of middle size. */
export function randomOperands(count: number, seed: number): Operands {
  const random = seededRandom(seed)
  const word = (_: unknown, i: number) => (i < count / 2 ? anyWord(random) : middleWord(random))
  return { a: Uint32Array.from({ length: count }, word), b: Uint32Array.from({ length: count }, word) }
}

/** Every special word; for rules of two arguments every fourth one, of either sign, with every other. */
export function specialOperands(rule: NumericsRule): Operands {
  if (rule.kind !== 'binary') return { a: Uint32Array.from(SPECIAL_WORDS), b: new Uint32Array(SPECIAL_WORDS.length) }
  const chosen = SPECIAL_WORDS.filter((_, i) => i % 8 < 2)
  const { length } = chosen
  const pairs = Array.from({ length: length * length }, (_, i) => [Math.trunc(i / length), i % length])
  return {
    a: Uint32Array.from(pairs, ([i]) => chosen[i]),
    b: Uint32Array.from(pairs, ([, j]) => chosen[j]),
  }
}
