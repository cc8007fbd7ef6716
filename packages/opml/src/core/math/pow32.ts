import { EXP, ROUND, scaleByPowerOfTwo } from './exp32.ts'
import { f32Bits, f32FromBits } from './f32Bits.ts'
import { normalOf, splitMantissa } from './log32.ts'
import { constant, horner, polynomial } from './polynomial.ts'

const { fround } = Math
const POW_LOG = polynomial('POW_LOG')
const LOG2_STEP = constant('LOG2_STEP')
const LOG2_STEP_HIGH = constant('LOG2_STEP_HIGH')
const LOG2_STEP_LOW = constant('LOG2_STEP_LOW')
const LN2 = constant('LN2')
const LN2_SHORT_HIGH = constant('LN2_SHORT_HIGH')
const LN2_SHORT_LOW = constant('LN2_SHORT_LOW')

/** A number as the sum of two f32. */
interface Pair {
  readonly high: number
  readonly low: number
}

/** x with 12 significant bits, cut off: the product of two such numbers is exact. */
function shortOf(x: number): number {
  return f32FromBits(f32Bits(x) & 0xfffff000)
}

/**
 * x to the power y in f32: at most 1 ulp from the exact value.
 *
 * Special cases as in C (ISO/IEC 9899 Annex F.10.4.4): y = ±0 and x = 1 give 1 even with a NaN; negative x needs a whole y, else NaN.
 * @see spec/01-numerics.md §8.11
 */
export function pow32(x: number, y: number): number {
  if (y === 0 || x === 1) return 1
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
  const a = Math.abs(x)
  const isOdd = Number.isInteger(y) && !Number.isInteger(y / 2)
  const isNegative = x < 0 || Object.is(x, -0)
  const size = a === 0 || a === Number.POSITIVE_INFINITY ? powOfEnd(a, y) : powOfPositive(a, y)
  if (x < 0 && a !== Number.POSITIVE_INFINITY && Number.isFinite(y) && !Number.isInteger(y)) return Number.NaN
  return isNegative && isOdd ? -size : size
}

/** 0 or ∞ to the power y ≠ 0. */
function powOfEnd(a: number, y: number): number {
  return (a === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY
}

/** A positive finite number to the power y ≠ 0; |y| stops at 2³¹, where every power of another number than 1 overflows or vanishes. */
function powOfPositive(a: number, y: number): number {
  const w = Math.max(-(2 ** 31), Math.min(2 ** 31, y))
  const l = log2Pair(a)
  const short = shortOf(w)
  const high = fround(short * l.high)
  const low = fround(fround(fround(w - short) * l.high) + fround(w * l.low))
  const sum = fround(high + low)
  if (sum > 129) return Number.POSITIVE_INFINITY
  return sum < -151 ? 0 : exp2Pair({ high, low })
}

/** log2 of a positive finite number, 2⁻³⁴ relative; the high part has 12 significant bits. */
function log2Pair(x: number): Pair {
  const { normal, extra } = normalOf(x)
  const { f, exponent } = splitMantissa(normal)
  const k = exponent + extra
  const { s, sHigh, sLow } = divideInPair(f)
  const z = fround(s * s)
  const square = fround(sHigh * sHigh)
  const q = fround(fround(fround(z * z) * horner(z, POW_LOG)) + fround(sLow * fround(sHigh + s)))
  const tHigh = shortOf(fround(fround(3 + square) + q))
  const tLow = fround(q - fround(fround(tHigh - 3) - square))
  const uHigh = fround(sHigh * tHigh)
  const uLow = fround(fround(sLow * tHigh) + fround(tLow * s))
  const pHigh = shortOf(fround(uHigh + uLow))
  const pLow = fround(uLow - fround(pHigh - uHigh))
  const high = fround(LOG2_STEP_HIGH * pHigh)
  const low = fround(fround(LOG2_STEP_LOW * pHigh) + fround(LOG2_STEP * pLow))
  const sum = shortOf(fround(fround(high + low) + k))
  return { high: sum, low: fround(low - fround(fround(sum - k) - high)) }
}

/** s = f / (2 + f), and s in two parts. */
function divideInPair(f: number): { s: number; sHigh: number; sLow: number } {
  const d = fround(2 + f)
  const dRest = fround(f - fround(d - 2))
  const dHigh = shortOf(d)
  const dLow = fround(fround(d - dHigh) + dRest)
  const s = fround(f / d)
  const sHigh = shortOf(s)
  const rest = fround(fround(f - fround(sHigh * dHigh)) - fround(sHigh * dLow))
  return { s, sHigh, sLow: fround(rest / d) }
}

/** 2^(high + low) in f32 for −151 ≤ high + low ≤ 129. */
function exp2Pair({ high, low }: Pair): number {
  const n = fround(fround(fround(high + low) + ROUND) - ROUND)
  const g = fround(high - n)
  const r = fround(g + low)
  const rHigh = shortOf(r)
  const rLow = fround(fround(r - rHigh) + fround(fround(g - r) + low))
  const tHigh = fround(rHigh * LN2_SHORT_HIGH)
  const tLow = fround(fround(rHigh * LN2_SHORT_LOW) + fround(rLow * LN2))
  const t = fround(tHigh + tLow)
  const tRest = fround(fround(tHigh - t) + tLow)
  const y = fround(1 + fround(t + fround(tRest + fround(fround(t * t) * horner(t, EXP)))))
  return scaleByPowerOfTwo(y, n)
}
