/**
 * Every constant of the elementary functions: binary32, written as C hex floats; polynomials from the lowest degree up.
 *
 * Derived by scripts/math/coefficients.sollya. kernels/math/coefficients.h is generated from this table.
 * @see spec/01-numerics.md §8
 */
export const POLYNOMIALS = {
  /** exp(r) = 1 + r + r² p(r): the Taylor series, 1/2! to 1/7!. */
  EXP: ['0x1p-1', '0x1.555556p-3', '0x1.555556p-5', '0x1.111112p-7', '0x1.6c16c2p-10', '0x1.a01a02p-13'],
  /** log(1 + f) = f − f²/2 + f³ p(f). */
  LOG: [
    '0x1.555554p-2',
    '-0x1.fffff8p-3',
    '0x1.999d44p-3',
    '-0x1.555c8cp-3',
    '0x1.23d54ep-3',
    '-0x1.fcbfeap-4',
    '0x1.de32ecp-4',
    '-0x1.d778e8p-4',
    '0x1.20456cp-4',
  ],
  /** sin(r) = r + r³ p(r²). */
  SIN: ['-0x1.555556p-3', '0x1.111198p-7', '-0x1.a08316p-13', '0x1.877a0cp-19'],
  /** cos(r) = 1 − r²/2 + r⁴ p(r²). */
  COS: ['0x1.555554p-5', '-0x1.6c129cp-10', '0x1.9bc68p-16'],
  /** asin(x) = x + x³ p(x²), |x| ≤ 1/2. */
  ASIN: ['0x1.555554p-3', '0x1.3334c8p-4', '0x1.6d4032p-5', '0x1.ff9494p-6', '0x1.10abf6p-6', '0x1.1a258cp-5'],
  /** atan(x) = x + x³ p(x²), |x| ≤ 1. */
  ATAN: [
    '-0x1.555556p-2',
    '0x1.9999b8p-3',
    '-0x1.249002p-3',
    '0x1.c69708p-4',
    '-0x1.6fa246p-4',
    '0x1.248d34p-4',
    '-0x1.9ef2f2p-5',
    '0x1.c83f28p-6',
    '-0x1.44d7e2p-7',
    '0x1.b092fap-10',
  ],
  /** sinh(x) = x + x³ p(x²), |x| < 1. */
  SINH: ['0x1.555556p-3', '0x1.1110c4p-7', '0x1.a036dap-13', '0x1.720e84p-19'],
  /** tanh(x) = x + x³ p(x²), |x| < 1. */
  TANH: [
    '-0x1.555556p-2',
    '0x1.11112cp-3',
    '-0x1.ba1af6p-5',
    '0x1.660068p-6',
    '-0x1.1eada6p-7',
    '0x1.acf0eap-9',
    '-0x1.faea1ep-11',
    '0x1.437b6ep-13',
  ],
  /** asinh(x) = x + x³ p(x²), |x| < 1/2. */
  ASINH: ['-0x1.555556p-3', '0x1.333368p-4', '-0x1.6db1ccp-5', '0x1.efa27ap-6', '-0x1.5684dep-6', '0x1.57a016p-7'],
  /** atanh(x) = x + x³ p(x²), |x| < 1/2. */
  ATANH: [
    '0x1.555556p-2',
    '0x1.9998dap-3',
    '0x1.24b13ep-3',
    '0x1.c2bd5cp-4',
    '0x1.9c49aep-4',
    '0x1.f822aep-6',
    '0x1.59e448p-3',
  ],
  /** erf(x) = x + x p(x²), |x| < 1. */
  ERF_SMALL: [
    '0x1.06eba8p-3',
    '-0x1.81274p-2',
    '0x1.ce2d52p-4',
    '-0x1.b7fec4p-6',
    '0x1.542fecp-8',
    '-0x1.a5197ap-11',
    '0x1.4c5cb4p-14',
  ],
  /** erf(x) = 1 − exp(p(x)), 1 ≤ x ≤ 4. */
  ERF_LARGE: [
    '0x1.313174p-12',
    '-0x1.214f8ap0',
    '-0x1.439734p-1',
    '-0x1.c2314ap-4',
    '0x1.af5b2ep-6',
    '-0x1.35d7dcp-8',
    '0x1.357426p-11',
    '-0x1.7c05a8p-15',
    '0x1.ad813p-20',
  ],
  /** 3 atanh(s)/s = 3 + s² + s⁴ p(s²), the logarithm of pow. */
  POW_LOG: ['0x1.333334p-1', '0x1.b6da08p-2', '0x1.558b5ep-2', '0x1.1c60a6p-2'],
} as const

/** Single constants of the elementary functions, as in {@link POLYNOMIALS}. */
export const CONSTANTS = {
  LOG2_E: '0x1.715476p0',
  /** ln 2 in two parts; the first has 15 significant bits. */
  LN2_HIGH: '0x1.62e4p-1',
  LN2_LOW: '0x1.7f7d1cp-20',
  LN2: '0x1.62e43p-1',
  /** ln 2 in two parts; the first has 12 significant bits. */
  LN2_SHORT_HIGH: '0x1.62ep-1',
  LN2_SHORT_LOW: '0x1.0bfbe8p-15',
  TWO_OVER_PI: '0x1.45f306p-1',
  /** π/2 in four parts; the first three have at most 13 significant bits. */
  HALF_PI_1: '0x1.921p0',
  HALF_PI_2: '0x1.f6ap-13',
  HALF_PI_3: '0x1.11p-26',
  HALF_PI_4: '0x1.68c234p-39',
  /** π/2 in two parts. */
  HALF_PI_HIGH: '0x1.921fb4p0',
  HALF_PI_LOW: '0x1.4442d2p-24',
  /** 2 / (3 ln 2), and the same in two parts of which the first has 12 significant bits. */
  LOG2_STEP: '0x1.ec709ep-1',
  LOG2_STEP_HIGH: '0x1.ec6p-1',
  LOG2_STEP_LOW: '0x1.09dc3ap-13',
} as const

/** 2/π in words of 32 bits, behind one word of zeros. */
export const TWO_OVER_PI_WORDS = [
  0x00000000, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab,
] as const

/** π/2 · 2³¹. */
export const HALF_PI_WORD = 0xc90fdaa2

/** Bits of the greatest f32 below √½. */
export const SQRT_HALF_BITS = 0x3f3504f3
