import type { MicroOp } from '../graph/node.ts'
import { microOpNamed } from '../graph/microOps.ts'
import { acos32 } from '../core/math/acos32.ts'
import { acosh32 } from '../core/math/acosh32.ts'
import { asin32 } from '../core/math/asin32.ts'
import { asinh32 } from '../core/math/asinh32.ts'
import { atan32 } from '../core/math/atan32.ts'
import { atanh32 } from '../core/math/atanh32.ts'
import { cos32 } from '../core/math/cos32.ts'
import { cosh32 } from '../core/math/cosh32.ts'
import { erf32 } from '../core/math/erf32.ts'
import { exp32 } from '../core/math/exp32.ts'
import { log32 } from '../core/math/log32.ts'
import { log1p32 } from '../core/math/log1p32.ts'
import { pow32 } from '../core/math/pow32.ts'
import { sigmoid32 } from '../core/math/sigmoid32.ts'
import { sin32 } from '../core/math/sin32.ts'
import { sinh32 } from '../core/math/sinh32.ts'
import { softplus32 } from '../core/math/softplus32.ts'
import { tan32 } from '../core/math/tan32.ts'
import { tanh32 } from '../core/math/tanh32.ts'
import { bf16ToF32, f32ToBf16 } from '../core/math/bf16.ts'
import { f16ToF32, f32ToF16 } from '../core/math/f16.ts'
import { f32ToInteger } from '../core/math/f32ToInteger.ts'
import { requantize } from '../core/math/requantize.ts'
import { roundHalfEven } from '../core/math/roundHalfEven.ts'
import type { Value } from './elements.ts'

type Number1 = (a: number) => number
type Number2 = (a: number, b: number) => number
type Big2 = (a: bigint, b: bigint) => bigint

const { fround } = Math
const MIN_I32 = -(2 ** 31)
const MIN_I64 = -(2n ** 63n)
const wrap64 = (value: bigint): bigint => BigInt.asIntN(64, value)
const unsigned64 = (value: bigint): bigint => BigInt.asUintN(64, value)

/** f32 from f32; every single operation is rounded. */
const F32_UNARY: Readonly<Record<string, Number1>> = {
  'f32.neg': (a) => -a,
  'f32.abs': (a) => Math.abs(a),
  'f32.sqrt': (a) => fround(Math.sqrt(a)),
  'f32.floor': (a) => Math.floor(a),
  'f32.ceil': (a) => Math.ceil(a),
  'f32.trunc': (a) => Math.trunc(a),
  'f32.nearest': roundHalfEven,
  'f32.f16_round': (a) => f16ToF32(f32ToF16(a)),
  'f32.bf16_round': (a) => bf16ToF32(f32ToBf16(a)),
  'f32.exp': exp32,
  'f32.log': log32,
  'f32.sin': sin32,
  'f32.cos': cos32,
  'f32.tan': tan32,
  'f32.asin': asin32,
  'f32.acos': acos32,
  'f32.atan': atan32,
  'f32.sinh': sinh32,
  'f32.cosh': cosh32,
  'f32.tanh': tanh32,
  'f32.asinh': asinh32,
  'f32.acosh': acosh32,
  'f32.atanh': atanh32,
  'f32.erf': erf32,
  'f32.sigmoid': sigmoid32,
  'f32.log1p': log1p32,
  'f32.softplus': softplus32,
}

const F32_BINARY: Readonly<Record<string, Number2>> = {
  'f32.add': (a, b) => fround(a + b),
  'f32.sub': (a, b) => fround(a - b),
  'f32.mul': (a, b) => fround(a * b),
  'f32.div': (a, b) => fround(a / b),
  'f32.min': (a, b) => Math.min(a, b),
  'f32.max': (a, b) => Math.max(a, b),
  'f32.fmod': (a, b) => a % b,
  'f32.pow': pow32,
  'f32.eq': (a, b) => Number(a === b),
  'f32.lt': (a, b) => Number(a < b),
  'f32.le': (a, b) => Number(a <= b),
}

const I32_BINARY: Readonly<Record<string, Number2>> = {
  'i32.add': (a, b) => (a + b) | 0,
  'i32.sub': (a, b) => (a - b) | 0,
  'i32.mul': Math.imul,
  'i32.div_s': (a, b) => (b === 0 ? -1 : a === MIN_I32 && b === -1 ? MIN_I32 : (a / b) | 0),
  'i32.div_u': (a, b) => (b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0),
  'i32.rem_s': (a, b) => (b === 0 ? a : (a % b) | 0),
  'i32.rem_u': (a, b) => (b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0),
  'i32.min_s': (a, b) => Math.min(a, b),
  'i32.min_u': (a, b) => (a >>> 0 < b >>> 0 ? a : b),
  'i32.max_s': (a, b) => Math.max(a, b),
  'i32.max_u': (a, b) => (a >>> 0 > b >>> 0 ? a : b),
  'i32.and': (a, b) => a & b,
  'i32.or': (a, b) => a | b,
  'i32.xor': (a, b) => a ^ b,
  'i32.shl': (a, b) => (b >>> 0 < 32 ? a << b : 0),
  'i32.shr_s': (a, b) => a >> (b >>> 0 < 32 ? b : 31),
  'i32.shr_u': (a, b) => (b >>> 0 < 32 ? (a >>> b) | 0 : 0),
  'i32.eq': (a, b) => Number(a === b),
  'i32.lt_s': (a, b) => Number(a < b),
  'i32.lt_u': (a, b) => Number(a >>> 0 < b >>> 0),
  'i32.le_s': (a, b) => Number(a <= b),
  'i32.le_u': (a, b) => Number(a >>> 0 <= b >>> 0),
}

const I64_BINARY: Readonly<Record<string, Big2>> = {
  'i64.add': (a, b) => wrap64(a + b),
  'i64.sub': (a, b) => wrap64(a - b),
  'i64.mul': (a, b) => wrap64(a * b),
  'i64.div_s': (a, b) => (b === 0n ? -1n : a === MIN_I64 && b === -1n ? MIN_I64 : a / b),
  'i64.div_u': (a, b) => (b === 0n ? -1n : wrap64(unsigned64(a) / unsigned64(b))),
  'i64.rem_s': (a, b) => (b === 0n ? a : a % b),
  'i64.rem_u': (a, b) => (b === 0n ? a : wrap64(unsigned64(a) % unsigned64(b))),
  'i64.min_s': (a, b) => (a < b ? a : b),
  'i64.min_u': (a, b) => (unsigned64(a) < unsigned64(b) ? a : b),
  'i64.max_s': (a, b) => (a > b ? a : b),
  'i64.max_u': (a, b) => (unsigned64(a) > unsigned64(b) ? a : b),
  'i64.and': (a, b) => a & b,
  'i64.or': (a, b) => a | b,
  'i64.xor': (a, b) => a ^ b,
  'i64.shl': (a, b) => (unsigned64(b) < 64n ? wrap64(a << b) : 0n),
  'i64.shr_s': (a, b) => a >> (unsigned64(b) < 64n ? b : 63n),
  'i64.shr_u': (a, b) => (unsigned64(b) < 64n ? wrap64(unsigned64(a) >> b) : 0n),
}

const I64_COMPARE: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  'i64.eq': (a, b) => a === b,
  'i64.lt_s': (a, b) => a < b,
  'i64.lt_u': (a, b) => unsigned64(a) < unsigned64(b),
  'i64.le_s': (a, b) => a <= b,
  'i64.le_u': (a, b) => unsigned64(a) <= unsigned64(b),
}

const FROM_NUMBER: Readonly<Record<string, (a: number) => Value>> = {
  'i32.trunc_sat_f32_s': (a) => f32ToInteger(a, 'i32'),
  'i32.trunc_sat_f32_u': (a) => f32ToInteger(a, 'u32') | 0,
  'i64.trunc_sat_f32_s': (a) => truncated(a, { low: MIN_I64, high: 2n ** 63n - 1n }),
  'i64.trunc_sat_f32_u': (a) => wrap64(truncated(a, { low: 0n, high: 2n ** 64n - 1n })),
  'f32.convert_i32_s': fround,
  'f32.convert_i32_u': (a) => fround(a >>> 0),
  'i64.extend_i32_s': BigInt,
  'i64.extend_i32_u': (a) => BigInt(a >>> 0),
}

const FROM_BIG: Readonly<Record<string, (a: bigint) => number>> = {
  'f32.convert_i64_s': bigToF32,
  'f32.convert_i64_u': (a) => bigToF32(unsigned64(a)),
  'i32.wrap_i64': (a) => Number(BigInt.asIntN(32, a)),
}

/** The integer part, between the limits; NaN gives 0. */
function truncated(value: number, { low, high }: { low: bigint; high: bigint }): bigint {
  if (Number.isNaN(value)) return 0n
  if (value >= 2 ** 64) return high
  if (value <= -(2 ** 64)) return low
  const whole = BigInt(Math.trunc(value))
  if (whole < low) return low
  return whole > high ? high : whole
}

/** The nearest f32 of an integer, ties to even: a double keeps 53 bits, so what is cut off is kept as one sticky bit. */
function bigToF32(value: bigint): number {
  const magnitude = value < 0n ? -value : value
  const extraBits = magnitude.toString(2).length - 50
  if (extraBits <= 0) return fround(Number(value))
  const shift = BigInt(extraBits)
  const kept = magnitude >> shift
  const sticky = kept << shift === magnitude ? 0n : 1n
  const rounded = fround(Number((kept << 1n) | sticky)) * 2 ** (extraBits - 1)
  return value < 0n ? -rounded : rounded
}

const floatView = new DataView(new ArrayBuffer(4))

/** The f32 with these bits. */
function f32OfBits(bits: number): number {
  floatView.setInt32(0, bits)
  return floatView.getFloat32(0)
}

/** Value of a micro-op other than `load`, `index` and `acc`. @see spec/02-program.md §5 */
export function evaluateMicroOp(op: MicroOp, values: readonly Value[]): Value {
  if (op.name === 'f32.const') return f32OfBits(op.imm)
  if (op.name === 'i32.const') return op.imm
  if (op.name === 'i64.const') return BigInt(op.imm)
  const kinds = microOpNamed(op.name)?.arguments ?? ''
  const [a, b, c] = op.sources.map((source, place) =>
    source === 'imm' ? immediate(kinds[place], op.imm) : values[source],
  )
  return apply(op.name, [a, b, c])
}

function immediate(kind: string, imm: number): Value {
  if (kind === 'F') return f32OfBits(imm)
  return kind === 'L' ? BigInt(imm) : imm
}

function apply(name: string, [a, b, c]: readonly (Value | undefined)[]): Value {
  if (name.endsWith('.select')) return (a === 0 ? c : b) as Value
  if (name === 'i32.requantize')
    return requantize(a as number, { multiplier: b as number, shift: Math.min((c as number) >>> 0, 62) }, 'i32')
  // The verifier has checked the classes of all arguments.
  const number1 = F32_UNARY[name] ?? FROM_NUMBER[name]
  if (number1 !== undefined) return number1(a as number)
  const number2 = F32_BINARY[name] ?? I32_BINARY[name]
  if (number2 !== undefined) return number2(a as number, b as number)
  const big2 = I64_BINARY[name]
  if (big2 !== undefined) return big2(a as bigint, b as bigint)
  const compare = I64_COMPARE[name]
  if (compare !== undefined) return Number(compare(a as bigint, b as bigint))
  const fromBig = FROM_BIG[name]
  if (fromBig !== undefined) return fromBig(a as bigint)
  throw new TypeError(`No reference for the micro-op ${name}.`)
}
