import { CANONICAL_NAN_BITS, f32FromBits, f32ToBits } from './f32Bits.ts'

const SIGN_BIT = 0x80000000
const INFINITY_BITS = 0x7f800000
const PAYLOAD_BITS = 0x007fffff
/** Decimal digits that tell every f32 from its neighbours. */
const MAX_DIGITS = 9

/** Form of an f32 in text: a decimal with a point or an exponent, `inf`, `nan`, or `nan:0x…` with the payload, as in WebAssembly. */
const SPECIAL = /^(-?)(inf|nan(?::0x([0-9a-f]{1,6}))?)$/

function shortestDecimal(value: number): string {
  for (let digits = 1; digits < MAX_DIGITS; digits++) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return String(Number(text))
  }
  return String(Number(value.toPrecision(MAX_DIGITS)))
}

function specialText(magnitude: number): string {
  if (magnitude === INFINITY_BITS) return 'inf'
  return magnitude === CANONICAL_NAN_BITS ? 'nan' : `nan:0x${(magnitude & PAYLOAD_BITS).toString(16)}`
}

/** Shortest text that {@link f32BitsFromText} reads as the same 32 bits; always with a point, an exponent, `inf` or `nan`. */
export function f32BitsToText(bits: number): string {
  const sign = (bits & SIGN_BIT) === 0 ? '' : '-'
  const magnitude = (bits & ~SIGN_BIT) >>> 0
  if (magnitude >= INFINITY_BITS) return sign + specialText(magnitude)
  const text = shortestDecimal(f32FromBits(magnitude))
  return sign + (/[.e]/.test(text) ? text : `${text}.0`)
}

function specialBits(text: string): number | undefined {
  const match = SPECIAL.exec(text)
  if (match === null) return undefined
  const sign = match[1] === '-' ? SIGN_BIT : 0
  if (match[2] === 'inf') return (sign | INFINITY_BITS) >>> 0
  if (match[3] === undefined) return (sign | CANONICAL_NAN_BITS) >>> 0
  const payload = Number.parseInt(match[3], 16)
  return payload === 0 || payload > PAYLOAD_BITS ? undefined : (sign | INFINITY_BITS | payload) >>> 0
}

/** Bits, unsigned, of the f32 nearest to a decimal, ties to even; undefined for text that is none. A decimal that overflows is none. */
export function f32BitsFromText(text: string): number | undefined {
  const special = specialBits(text)
  if (special !== undefined) return special
  if (!/^-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?$/.test(text)) return undefined
  const value = Math.fround(Number(text))
  return Number.isFinite(value) ? f32ToBits(value) : undefined
}
