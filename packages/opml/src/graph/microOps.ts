import type { ValueClass } from './dtype.ts'

/** What a micro-op takes: one letter a value, F = f32, I = i32, L = i64. */
export type MicroOpArguments = '' | 'F' | 'I' | 'L' | 'FF' | 'II' | 'LL' | 'III' | 'IFF' | 'ILL'

/** One row of the table of micro-ops (spec/02-program.md §5); the names are WebAssembly's where it has the operation. */
export interface MicroOpRow {
  /** Number in descriptors; never reused. */
  readonly id: number
  readonly name: string
  readonly arguments: MicroOpArguments
  /** Class of the value; `operand`: of the operand loaded; `acc`: as the opcode says. */
  readonly result: ValueClass | 'operand' | 'acc'
  /** Exact meaning in one line, a, b, c being the arguments. */
  readonly meaning: string
}

function row(id: number, name: string, p: Omit<MicroOpRow, 'id' | 'name'>): MicroOpRow {
  return { id, name, ...p }
}

/** Every micro-op, by ascending id. Each rounds on its own, so that a fused list has the bits of the nodes it replaces. */
export const MICRO_OPS: readonly MicroOpRow[] = [
  row(0, 'load', {
    arguments: '',
    result: 'operand',
    meaning: 'element of operand s1 at its view of the output index, plus imm elements',
  }),
  row(1, 'f32.const', { arguments: '', result: 'f32', meaning: 'imm as the bits of a binary32' }),
  row(2, 'i32.const', { arguments: '', result: 'i32', meaning: 'imm' }),
  row(3, 'i64.const', { arguments: '', result: 'i64', meaning: 'imm, sign-extended' }),
  row(4, 'index', {
    arguments: '',
    result: 'i32',
    meaning: 'output coordinate of dimension s1, right-aligned (5 is the innermost)',
  }),
  row(5, 'acc', { arguments: '', result: 'acc', meaning: 'what the opcode hands over' }),
  row(16, 'f32.add', { arguments: 'FF', result: 'f32', meaning: 'a + b' }),
  row(17, 'f32.sub', { arguments: 'FF', result: 'f32', meaning: 'a − b' }),
  row(18, 'f32.mul', { arguments: 'FF', result: 'f32', meaning: 'a · b' }),
  row(19, 'f32.div', { arguments: 'FF', result: 'f32', meaning: 'a ÷ b' }),
  row(20, 'f32.min', { arguments: 'FF', result: 'f32', meaning: 'the smaller; NaN if either is NaN; −0 is below +0' }),
  row(21, 'f32.max', { arguments: 'FF', result: 'f32', meaning: 'the larger; NaN if either is NaN; −0 is below +0' }),
  row(22, 'f32.fmod', { arguments: 'FF', result: 'f32', meaning: 'a − trunc(a ÷ b) · b, exact, sign of a (C fmod)' }),
  row(23, 'f32.pow', { arguments: 'FF', result: 'f32', meaning: 'a to the power b (spec/01)' }),
  row(32, 'f32.neg', { arguments: 'F', result: 'f32', meaning: 'sign flipped' }),
  row(33, 'f32.abs', { arguments: 'F', result: 'f32', meaning: 'sign cleared' }),
  row(34, 'f32.sqrt', { arguments: 'F', result: 'f32', meaning: '√a' }),
  row(35, 'f32.floor', { arguments: 'F', result: 'f32', meaning: 'largest integer ≤ a' }),
  row(36, 'f32.ceil', { arguments: 'F', result: 'f32', meaning: 'least integer ≥ a' }),
  row(37, 'f32.trunc', { arguments: 'F', result: 'f32', meaning: 'integer part' }),
  row(38, 'f32.nearest', { arguments: 'F', result: 'f32', meaning: 'nearest integer, ties to even' }),
  row(39, 'f32.f16_round', { arguments: 'F', result: 'f32', meaning: 'rounded to binary16 and back, ties to even' }),
  row(40, 'f32.bf16_round', { arguments: 'F', result: 'f32', meaning: 'rounded to bfloat16 and back, ties to even' }),
  row(48, 'f32.exp', { arguments: 'F', result: 'f32', meaning: 'exp(a) (spec/01)' }),
  row(49, 'f32.log', { arguments: 'F', result: 'f32', meaning: 'log(a) (spec/01)' }),
  row(50, 'f32.sin', { arguments: 'F', result: 'f32', meaning: 'sin(a) (spec/01)' }),
  row(51, 'f32.cos', { arguments: 'F', result: 'f32', meaning: 'cos(a) (spec/01)' }),
  row(52, 'f32.tan', { arguments: 'F', result: 'f32', meaning: 'tan(a) (spec/01)' }),
  row(53, 'f32.asin', { arguments: 'F', result: 'f32', meaning: 'asin(a) (spec/01)' }),
  row(54, 'f32.acos', { arguments: 'F', result: 'f32', meaning: 'acos(a) (spec/01)' }),
  row(55, 'f32.atan', { arguments: 'F', result: 'f32', meaning: 'atan(a) (spec/01)' }),
  row(56, 'f32.sinh', { arguments: 'F', result: 'f32', meaning: 'sinh(a) (spec/01)' }),
  row(57, 'f32.cosh', { arguments: 'F', result: 'f32', meaning: 'cosh(a) (spec/01)' }),
  row(58, 'f32.tanh', { arguments: 'F', result: 'f32', meaning: 'tanh(a) (spec/01)' }),
  row(59, 'f32.asinh', { arguments: 'F', result: 'f32', meaning: 'asinh(a) (spec/01)' }),
  row(60, 'f32.acosh', { arguments: 'F', result: 'f32', meaning: 'acosh(a) (spec/01)' }),
  row(61, 'f32.atanh', { arguments: 'F', result: 'f32', meaning: 'atanh(a) (spec/01)' }),
  row(62, 'f32.erf', { arguments: 'F', result: 'f32', meaning: 'erf(a) (spec/01)' }),
  row(63, 'f32.sigmoid', { arguments: 'F', result: 'f32', meaning: '1 ÷ (1 + exp(−a)) (spec/01)' }),
  row(64, 'f32.log1p', { arguments: 'F', result: 'f32', meaning: 'log(1 + a) (spec/01)' }),
  row(65, 'f32.softplus', { arguments: 'F', result: 'f32', meaning: 'log(1 + exp(a)) (spec/01)' }),
  row(72, 'f32.eq', { arguments: 'FF', result: 'i32', meaning: '1 if a = b, else 0; 0 if either is NaN' }),
  row(73, 'f32.lt', { arguments: 'FF', result: 'i32', meaning: '1 if a < b, else 0; 0 if either is NaN' }),
  row(74, 'f32.le', { arguments: 'FF', result: 'i32', meaning: '1 if a ≤ b, else 0; 0 if either is NaN' }),
  row(80, 'f32.select', { arguments: 'IFF', result: 'f32', meaning: 'b if a ≠ 0, else c' }),
  row(81, 'i32.select', { arguments: 'III', result: 'i32', meaning: 'b if a ≠ 0, else c' }),
  row(82, 'i64.select', { arguments: 'ILL', result: 'i64', meaning: 'b if a ≠ 0, else c' }),
  row(96, 'i32.add', { arguments: 'II', result: 'i32', meaning: 'a + b, wrapped' }),
  row(97, 'i32.sub', { arguments: 'II', result: 'i32', meaning: 'a − b, wrapped' }),
  row(98, 'i32.mul', { arguments: 'II', result: 'i32', meaning: 'a · b, wrapped' }),
  row(99, 'i32.div_s', {
    arguments: 'II',
    result: 'i32',
    meaning: 'quotient toward zero; ÷ 0 gives −1, the least number ÷ −1 itself (RISC-V)',
  }),
  row(100, 'i32.div_u', { arguments: 'II', result: 'i32', meaning: 'unsigned quotient; ÷ 0 gives 2^32 − 1' }),
  row(101, 'i32.rem_s', {
    arguments: 'II',
    result: 'i32',
    meaning: 'remainder with the sign of a; by 0 gives a, of the least number by −1 gives 0',
  }),
  row(102, 'i32.rem_u', { arguments: 'II', result: 'i32', meaning: 'unsigned remainder; by 0 gives a' }),
  row(103, 'i32.min_s', { arguments: 'II', result: 'i32', meaning: 'the smaller, signed' }),
  row(104, 'i32.min_u', { arguments: 'II', result: 'i32', meaning: 'the smaller, unsigned' }),
  row(105, 'i32.max_s', { arguments: 'II', result: 'i32', meaning: 'the larger, signed' }),
  row(106, 'i32.max_u', { arguments: 'II', result: 'i32', meaning: 'the larger, unsigned' }),
  row(107, 'i32.and', { arguments: 'II', result: 'i32', meaning: 'bitwise and' }),
  row(108, 'i32.or', { arguments: 'II', result: 'i32', meaning: 'bitwise or' }),
  row(109, 'i32.xor', { arguments: 'II', result: 'i32', meaning: 'bitwise exclusive or' }),
  row(110, 'i32.shl', { arguments: 'II', result: 'i32', meaning: 'a · 2^b, wrapped; 0 if b (unsigned) ≥ 32' }),
  row(111, 'i32.shr_s', {
    arguments: 'II',
    result: 'i32',
    meaning: 'a shifted right by b with its sign; b (unsigned) ≥ 32 counts as 31',
  }),
  row(112, 'i32.shr_u', {
    arguments: 'II',
    result: 'i32',
    meaning: 'a shifted right by b with zeros; 0 if b (unsigned) ≥ 32',
  }),
  row(116, 'i32.eq', { arguments: 'II', result: 'i32', meaning: '1 if a = b, else 0' }),
  row(117, 'i32.lt_s', { arguments: 'II', result: 'i32', meaning: '1 if a < b, signed, else 0' }),
  row(118, 'i32.lt_u', { arguments: 'II', result: 'i32', meaning: '1 if a < b, unsigned, else 0' }),
  row(119, 'i32.le_s', { arguments: 'II', result: 'i32', meaning: '1 if a ≤ b, signed, else 0' }),
  row(120, 'i32.le_u', { arguments: 'II', result: 'i32', meaning: '1 if a ≤ b, unsigned, else 0' }),
  row(126, 'i32.requantize', {
    arguments: 'III',
    result: 'i32',
    meaning: 'a · b ÷ 2^c rounded, ties to even, saturated (spec/01); c from 0 to 62',
  }),
  row(136, 'i64.add', { arguments: 'LL', result: 'i64', meaning: 'a + b, wrapped' }),
  row(137, 'i64.sub', { arguments: 'LL', result: 'i64', meaning: 'a − b, wrapped' }),
  row(138, 'i64.mul', { arguments: 'LL', result: 'i64', meaning: 'a · b, wrapped' }),
  row(139, 'i64.div_s', {
    arguments: 'LL',
    result: 'i64',
    meaning: 'quotient toward zero; ÷ 0 gives −1, the least number ÷ −1 itself (RISC-V)',
  }),
  row(140, 'i64.div_u', { arguments: 'LL', result: 'i64', meaning: 'unsigned quotient; ÷ 0 gives 2^64 − 1' }),
  row(141, 'i64.rem_s', {
    arguments: 'LL',
    result: 'i64',
    meaning: 'remainder with the sign of a; by 0 gives a, of the least number by −1 gives 0',
  }),
  row(142, 'i64.rem_u', { arguments: 'LL', result: 'i64', meaning: 'unsigned remainder; by 0 gives a' }),
  row(143, 'i64.min_s', { arguments: 'LL', result: 'i64', meaning: 'the smaller, signed' }),
  row(144, 'i64.min_u', { arguments: 'LL', result: 'i64', meaning: 'the smaller, unsigned' }),
  row(145, 'i64.max_s', { arguments: 'LL', result: 'i64', meaning: 'the larger, signed' }),
  row(146, 'i64.max_u', { arguments: 'LL', result: 'i64', meaning: 'the larger, unsigned' }),
  row(147, 'i64.and', { arguments: 'LL', result: 'i64', meaning: 'bitwise and' }),
  row(148, 'i64.or', { arguments: 'LL', result: 'i64', meaning: 'bitwise or' }),
  row(149, 'i64.xor', { arguments: 'LL', result: 'i64', meaning: 'bitwise exclusive or' }),
  row(150, 'i64.shl', { arguments: 'LL', result: 'i64', meaning: 'a · 2^b, wrapped; 0 if b (unsigned) ≥ 64' }),
  row(151, 'i64.shr_s', {
    arguments: 'LL',
    result: 'i64',
    meaning: 'a shifted right by b with its sign; b (unsigned) ≥ 64 counts as 63',
  }),
  row(152, 'i64.shr_u', {
    arguments: 'LL',
    result: 'i64',
    meaning: 'a shifted right by b with zeros; 0 if b (unsigned) ≥ 64',
  }),
  row(156, 'i64.eq', { arguments: 'LL', result: 'i32', meaning: '1 if a = b, else 0' }),
  row(157, 'i64.lt_s', { arguments: 'LL', result: 'i32', meaning: '1 if a < b, signed, else 0' }),
  row(158, 'i64.lt_u', { arguments: 'LL', result: 'i32', meaning: '1 if a < b, unsigned, else 0' }),
  row(159, 'i64.le_s', { arguments: 'LL', result: 'i32', meaning: '1 if a ≤ b, signed, else 0' }),
  row(160, 'i64.le_u', { arguments: 'LL', result: 'i32', meaning: '1 if a ≤ b, unsigned, else 0' }),
  row(176, 'i32.trunc_sat_f32_s', { arguments: 'F', result: 'i32', meaning: 'integer part, saturated, NaN to 0' }),
  row(177, 'i32.trunc_sat_f32_u', {
    arguments: 'F',
    result: 'i32',
    meaning: 'integer part as unsigned, saturated, NaN to 0',
  }),
  row(178, 'i64.trunc_sat_f32_s', { arguments: 'F', result: 'i64', meaning: 'integer part, saturated, NaN to 0' }),
  row(179, 'i64.trunc_sat_f32_u', {
    arguments: 'F',
    result: 'i64',
    meaning: 'integer part as unsigned, saturated, NaN to 0',
  }),
  row(180, 'f32.convert_i32_s', { arguments: 'I', result: 'f32', meaning: 'nearest, ties to even' }),
  row(181, 'f32.convert_i32_u', {
    arguments: 'I',
    result: 'f32',
    meaning: 'of the unsigned word: nearest, ties to even',
  }),
  row(182, 'f32.convert_i64_s', { arguments: 'L', result: 'f32', meaning: 'nearest, ties to even' }),
  row(183, 'f32.convert_i64_u', {
    arguments: 'L',
    result: 'f32',
    meaning: 'of the unsigned word: nearest, ties to even',
  }),
  row(184, 'i64.extend_i32_s', { arguments: 'I', result: 'i64', meaning: 'by sign' }),
  row(185, 'i64.extend_i32_u', { arguments: 'I', result: 'i64', meaning: 'by zeros' }),
  row(186, 'i32.wrap_i64', { arguments: 'L', result: 'i32', meaning: 'the low 32 bits' }),
]

const BY_NAME: ReadonlyMap<string, MicroOpRow> = new Map(MICRO_OPS.map((op) => [op.name, op]))
const BY_ID: ReadonlyMap<number, MicroOpRow> = new Map(MICRO_OPS.map((op) => [op.id, op]))

/** The row of a name, or undefined. */
export function microOpNamed(name: string): MicroOpRow | undefined {
  return BY_NAME.get(name)
}

/** The row of an id, or undefined. */
export function microOpOfId(id: number): MicroOpRow | undefined {
  return BY_ID.get(id)
}
