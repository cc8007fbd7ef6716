import {
  acos32,
  acosh32,
  asin32,
  asinh32,
  atan32,
  atanh32,
  bf16ToF32,
  cos32,
  cosh32,
  erf32,
  exp32,
  f16ToF32,
  f32Bits,
  f32FromBits,
  f32ToBf16,
  f32ToF16,
  f32ToInteger,
  log1p32,
  log32,
  maxF32,
  minF32,
  orderedDot,
  orderedSum,
  pow32,
  roundHalfEven,
  sigmoid32,
  sin32,
  sinh32,
  softplus32,
  tan32,
  tanh32,
} from 'opml/core'

/** A rule of spec/01 on words: what the TypeScript library says the C code must give. */
export interface NumericsRule {
  readonly name: string
  /** `unary` and `binary` give a word for each operand or pair, `reduction` one word for all. */
  readonly kind: 'unary' | 'binary' | 'reduction'
  /** Results for operands a and b of one length, as words. */
  readonly apply: (a: Uint32Array, b: Uint32Array) => Uint32Array
}

function words(name: string, kind: 'unary' | 'binary', rule: (a: number, b: number) => number): NumericsRule {
  return { name, kind, apply: (a, b) => a.map((word, i) => rule(word, b[i])) }
}

function unary(name: string, f: (x: number) => number): NumericsRule {
  return words(name, 'unary', (a) => f32Bits(f(f32FromBits(a))))
}

function binary(name: string, f: (x: number, y: number) => number): NumericsRule {
  return words(name, 'binary', (a, b) => f32Bits(f(f32FromBits(a), f32FromBits(b))))
}

function fromF32(name: string, f: (x: number) => number): NumericsRule {
  return words(name, 'unary', (a) => f(f32FromBits(a)))
}

function toF32(name: string, f: (word: number) => number): NumericsRule {
  return words(name, 'unary', (a) => f32Bits(f(a)))
}

function reduction(name: string, f: (x: Float32Array, y: Float32Array) => number): NumericsRule {
  const floats = (a: Uint32Array) => new Float32Array(a.slice().buffer)
  return { name, kind: 'reduction', apply: (a, b) => Uint32Array.of(f32Bits(f(floats(a), floats(b)))) }
}

/** The elementary functions of one argument, in the order of OPML_MATH_UNARY (kernels/include/opml_math.h), then pow. */
export const ELEMENTARY_RULES: readonly NumericsRule[] = [
  unary('acos', acos32),
  unary('acosh', acosh32),
  unary('asin', asin32),
  unary('asinh', asinh32),
  unary('atan', atan32),
  unary('atanh', atanh32),
  unary('cos', cos32),
  unary('cosh', cosh32),
  unary('erf', erf32),
  unary('exp', exp32),
  unary('log', log32),
  unary('log1p', log1p32),
  unary('sigmoid', sigmoid32),
  unary('sin', sin32),
  unary('sinh', sinh32),
  unary('softplus', softplus32),
  unary('tan', tan32),
  unary('tanh', tanh32),
  binary('pow', pow32),
]

/** Every rule, in the order of kernels/math/apply.h. */
export const NUMERICS_RULES: readonly NumericsRule[] = [
  ...ELEMENTARY_RULES,
  binary('min', minF32),
  binary('max', maxF32),
  unary('roundHalfEven', roundHalfEven),
  fromF32('f32ToI8', (x) => f32ToInteger(x, 'i8')),
  fromF32('f32ToU8', (x) => f32ToInteger(x, 'u8')),
  fromF32('f32ToI16', (x) => f32ToInteger(x, 'i16')),
  fromF32('f32ToU16', (x) => f32ToInteger(x, 'u16')),
  fromF32('f32ToI32', (x) => f32ToInteger(x, 'i32')),
  fromF32('f32ToU32', (x) => f32ToInteger(x, 'u32')),
  toF32('i32ToF32', (word) => Math.fround(word | 0)),
  toF32('u32ToF32', (word) => Math.fround(word >>> 0)),
  toF32('f16ToF32', (word) => f16ToF32(word & 0xffff)),
  fromF32('f32ToF16', f32ToF16),
  toF32('bf16ToF32', (word) => bf16ToF32(word & 0xffff)),
  fromF32('f32ToBf16', f32ToBf16),
  reduction('orderedSum', orderedSum),
  reduction('orderedDot', orderedDot),
]
