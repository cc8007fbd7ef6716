import type { MicroOp } from '../graph/node.ts'

/** Greatest shift of a requantisation: spec/01 §3. */
const MAX_SCALE_BITS = 62
const INFINITY_WORD = 0x7f800000

/** Instructions on two or one vector. A comparison gives all ones where the micro-op gives 1. */
export const ARITHMETIC: Readonly<Record<string, number>> = {
  'f32.add': 228,
  'f32.sub': 229,
  'f32.mul': 230,
  'f32.div': 231,
  'f32.min': 232,
  'f32.max': 233,
  'f32.neg': 225,
  'f32.abs': 224,
  'f32.sqrt': 227,
  'f32.ceil': 103,
  'f32.floor': 104,
  'f32.trunc': 105,
  'f32.nearest': 106,
  'i32.add': 174,
  'i32.sub': 177,
  'i32.mul': 181,
  'i32.min_s': 182,
  'i32.min_u': 183,
  'i32.max_s': 184,
  'i32.max_u': 185,
  'i32.and': 78,
  'i32.or': 80,
  'i32.xor': 81,
  'i32.trunc_sat_f32_s': 248,
  'i32.trunc_sat_f32_u': 249,
  'f32.convert_i32_s': 250,
  'f32.convert_i32_u': 251,
}
export const COMPARISON: Readonly<Record<string, number>> = {
  'f32.eq': 65,
  'f32.lt': 67,
  'f32.le': 69,
  'i32.eq': 55,
  'i32.lt_s': 57,
  'i32.lt_u': 58,
  'i32.le_s': 61,
  'i32.le_u': 62,
}
/** Instructions by a number of bits, an immediate here. */
export const SHIFT: Readonly<Record<string, number>> = { 'i32.shl': 171, 'i32.shr_s': 172, 'i32.shr_u': 173 }

/** The bits that a micro-op shifts by; undefined where they are not known. */
export function knownShift({ name, sources, imm }: MicroOp, microOps: readonly MicroOp[]): number | undefined {
  if (name in SHIFT) return sources[1] === 'imm' && imm >= 0 && imm < 32 ? imm : undefined
  const shift = microOps[sources[2] as number]
  return shift?.name === 'i32.const' ? Math.min(shift.imm >>> 0, MAX_SCALE_BITS) : undefined
}

/** A lesser or greater value of an immediate that is neither NaN nor −0. */
export function isPlainBound({ name, sources, imm }: MicroOp): boolean {
  const isBound = (name === 'f32.min' || name === 'f32.max') && sources[1] === 'imm'
  return isBound && (imm & 0x7fffffff) <= INFINITY_WORD && imm !== -0x80000000 && imm !== 0x80000000
}
