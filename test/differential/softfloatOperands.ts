/** Operations of guest/softfloat.c, in the order of their numbers. */
export const SOFTFLOAT_OPERATIONS = [
  'add',
  'sub',
  'mul',
  'div',
  'sqrt',
  'eq',
  'lt',
  'le',
  'fromI32',
  'fromU32',
  'toI32',
  'toU32',
  'exp',
  'kernelAdd',
  'kernelMul',
] as const

/** One of {@link SOFTFLOAT_OPERATIONS}. */
export type SoftfloatOperation = (typeof SOFTFLOAT_OPERATIONS)[number]

/** Bits of the values where implementations err: zeros, subnormals, both ends of the normals, ones, integers' ends, infinities, quiet and signalling NaN. */
const SPECIALS = [
  0x00000000, 0x00000001, 0x00000002, 0x007fffff, 0x00800000, 0x00800001, 0x00ffffff, 0x01000000, 0x3effffff,
  0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fffffff, 0x40000000, 0x40490fdb, 0x4affffff, 0x4b000000,
  0x4b7fffff, 0x4b800000, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000, 0x7e800000, 0x7f000000, 0x7f7fffff,
  0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fffffff,
]

/** A repeatable source of 32-bit words (xorshift128). */
export function createWords(seed: number): () => number {
  let [a, b, c, d] = [seed | 0 || 1, 0x9e3779b9 | 0, 0x243f6a88, 0x85a308d3 | 0]
  const next = () => {
    const mixed = a ^ (a << 11)
    ;[a, b, c] = [b, c, d]
    d = d ^ (d >>> 19) ^ mixed ^ (mixed >>> 8)
    return d >>> 0
  }
  for (let i = 0; i < 16; i++) next()
  return next
}

/** A random operand: mostly any bits, else a special value, a subnormal, or one of few significant bits. */
function randomOperand(next: () => number): number {
  const kind = next() & 15
  if (kind === 0) return ((SPECIALS[next() % SPECIALS.length] as number) | (next() & 0x80000000)) >>> 0
  if (kind === 1) return (next() & 0x807fffff) >>> 0
  if (kind < 6) return (next() & (0xfffff000 << (next() % 6))) >>> 0 // a short mantissa: ties between two results
  return next()
}

/** A partner of `a`: any operand, or one whose exponent is near, so that cancellation, alignment and rounding happen. */
function partnerOf(a: number, next: () => number): number {
  if ((next() & 3) === 0) return randomOperand(next)
  const exponent = ((a >>> 23) & 0xff) + ((next() % 55) - 27)
  const mantissaMask = (next() & 1) === 0 ? 0x807fffff : 0x807ff800
  return ((Math.max(0, Math.min(255, exponent)) << 23) | (next() & mantissaMask)) >>> 0
}

/** n pairs of words for a guest run: a0, b0, a1, b1, … */
export function randomPairs(n: number, next: () => number): Uint32Array {
  const pairs = new Uint32Array(2 * n)
  for (let i = 0; i < n; i++) {
    const a = randomOperand(next)
    pairs[2 * i] = a
    pairs[2 * i + 1] = partnerOf(a, next)
  }
  return pairs
}

/** n pairs whose first words are the range of exp, −104 to 89, evenly. */
export function randomExponents(n: number, next: () => number): Uint32Array {
  const pairs = new Uint32Array(2 * n)
  const values = new Float32Array(pairs.buffer)
  for (let i = 0; i < n; i++) values[2 * i] = (next() / 2 ** 32) * 193 - 104
  return pairs
}

/** Every special value, of both signs, with every other. */
export function specialPairs(): Uint32Array {
  const signed = SPECIALS.flatMap((bits) => [bits, (bits | 0x80000000) >>> 0])
  return Uint32Array.from(signed.flatMap((a) => signed.flatMap((b) => [a, b])))
}
