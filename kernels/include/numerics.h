// Rounding, conversion, saturation, least and greatest: the rules of spec/01 that are not operators of C.
#ifndef OPML_NUMERICS_H
#define OPML_NUMERICS_H

#include "f32.h"
#include "f32_guest.h"
#include "ordered_sum.h"

static inline int32_t clamp_i32(int32_t value, int32_t low, int32_t high) {
  if (value < low) return low;
  return value > high ? high : value;
}

// Towards zero, saturated; NaN gives 0.
static inline int32_t f32_to_i8(float x) { return clamp_i32(f32_to_i32(x), -128, 127); }
static inline int32_t f32_to_u8(float x) { return clamp_i32(f32_to_i32(x), 0, 255); }
static inline int32_t f32_to_i16(float x) { return clamp_i32(f32_to_i32(x), -32768, 32767); }
static inline int32_t f32_to_u16(float x) { return clamp_i32(f32_to_i32(x), 0, 65535); }

// The nearest whole number, ties to even; keeps -0, infinities and the sign of what rounds to zero.
static inline float f32_round_half_even(float x) {
  uint32_t bits = f32_bits(x), a = bits & ~F32_SIGN_BIT;
  if (a > F32_INFINITY_BITS) return f32_from_bits(F32_NAN_BITS);
  if (a >= 0x4b000000u) return x; // from 2^23 on every f32 is whole
  float whole = f32_add(f32_add(f32_from_bits(a), 0x1p+23f), -0x1p+23f);
  return f32_from_bits(f32_bits(whole) | (bits & F32_SIGN_BIT));
}

// round(acc * multiplier / 2^shift), ties to even, before saturation; shift 0 ... 62.
static inline int64_t scale_accumulator(int32_t acc, int32_t multiplier, int32_t shift) {
  int64_t product = (int64_t)acc * multiplier;
  int64_t floor = product >> shift;
  uint64_t rest = (uint64_t)product - ((uint64_t)floor << shift);
  uint64_t twice = rest << 1;
  uint64_t one = (uint64_t)1 << shift;
  if (twice > one || (twice == one && (floor & 1) != 0)) floor += 1;
  return floor;
}

// The least and the greatest of two: NaN if either is NaN, -0 below +0.
static inline float f32_min(float a, float b) {
  if (f32_is_nan(a) || f32_is_nan(b)) return f32_from_bits(F32_NAN_BITS);
  int32_t x = (int32_t)f32_bits(a), y = (int32_t)f32_bits(b);
  x ^= (int32_t)((uint32_t)(x >> 31) >> 1); // order of the values = order of these whole numbers
  y ^= (int32_t)((uint32_t)(y >> 31) >> 1);
  return x < y ? a : b;
}

static inline float f32_max(float a, float b) {
  if (f32_is_nan(a) || f32_is_nan(b)) return f32_from_bits(F32_NAN_BITS);
  return f32_bits(f32_min(a, b)) == f32_bits(a) ? b : a;
}

// binary16 -> f32, exact.
static inline float f16_to_f32(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = (h >> 10) & 31u, mantissa = h & 0x3ffu;
  if (exponent == 31) return f32_from_bits(mantissa != 0 ? F32_NAN_BITS : sign | F32_INFINITY_BITS);
  if (exponent != 0) return f32_from_bits(sign | (exponent + 112u) << 23 | mantissa << 13);
  if (mantissa == 0) return f32_from_bits(sign);
  exponent = 113;
  while ((mantissa & 0x400u) == 0) {
    mantissa <<= 1;
    exponent -= 1;
  }
  return f32_from_bits(sign | exponent << 23 | (mantissa & 0x3ffu) << 13);
}

// f32 -> binary16, to nearest even; overflow gives infinity, NaN 0x7e00.
static inline uint16_t f32_to_f16(float x) {
  uint32_t bits = f32_bits(x), a = bits & ~F32_SIGN_BIT, sign = (bits >> 16) & 0x8000u;
  if (a > F32_INFINITY_BITS) return 0x7e00;
  if (a >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u); // 65520 rounds to 65536
  if (a >= 0x38800000u) return (uint16_t)(sign | ((a - 0x38000000u + 0xfffu + ((a >> 13) & 1u)) >> 13));
  if (a <= 0x33000000u) return (uint16_t)sign; // 2^-25 is half of the least subnormal
  uint32_t mantissa = (a & 0x7fffffu) | 0x800000u, shift = 126u - (a >> 23); // 14 ... 24
  return (uint16_t)(sign | ((mantissa + (1u << (shift - 1u)) - 1u + ((mantissa >> shift) & 1u)) >> shift));
}

// bfloat16 -> f32, exact.
static inline float bf16_to_f32(uint16_t b) { return f32_canonical(f32_from_bits((uint32_t)b << 16)); }

// f32 -> bfloat16, to nearest even; NaN gives 0x7fc0.
static inline uint16_t f32_to_bf16(float x) {
  uint32_t bits = f32_bits(x);
  if (f32_is_nan(x)) return 0x7fc0;
  return (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// The ordered sum of x[n].
static inline float f32_ordered_sum(const float *x, uint32_t n) {
  struct ordered_sum sum;
  ordered_begin(&sum);
  for (uint32_t i = 0; i < n; i++) ordered_add(&sum, i, x[i]);
  return f32_canonical(ordered_end(&sum));
}

// The ordered sum of the products x[i] y[i], each rounded.
static inline float f32_ordered_dot(const float *x, const float *y, uint32_t n) {
  struct ordered_sum sum;
  ordered_begin(&sum);
  for (uint32_t i = 0; i < n; i++) ordered_add(&sum, i, f32_mul(x[i], y[i]));
  return f32_canonical(ordered_end(&sum));
}

#endif
