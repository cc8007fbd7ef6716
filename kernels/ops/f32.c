#include "f32.h"
#include "f32_guest.h"

// exp(x) from + - * and integer bit operations; at most 1.03 ulp from the exact value, measured on every f32. NaN gives NaN, above 89 +inf, below -104 +0.
//
// x = n ln2 + r with |r| <= ln2 / 2 (Cody and Waite: ln2 in two parts, so that n * LN2_HIGH is exact), exp(r) by its Taylor polynomial
// of degree 7 (remainder below 6e-9), then 2^n in two exact factors, so that only the last product rounds, subnormal results included.
float f32_exp(float x) {
  const float LOG2_E = 0x1.715476p+0f, LN2_HIGH = 0x1.62e4p-1f, LN2_LOW = 0x1.7f7d1cp-20f, ROUND = 0x1.8p+23f;
  if (f32_is_nan(x)) return f32_from_bits(F32_NAN_BITS);
  if (x > 89.0f) return f32_from_bits(F32_INFINITY_BITS);
  if (x < -104.0f) return 0.0f;
  float shifted = x * LOG2_E + ROUND; // the low bits of the sum hold n, rounded to nearest even
  int32_t n = (int32_t)(f32_bits(shifted) - f32_bits(ROUND));
  float whole = shifted - ROUND;
  float r = (x - whole * LN2_HIGH) - whole * LN2_LOW;
  float q = 0x1.a01a02p-13f; // 1/7!
  q = q * r + 0x1.6c16c2p-10f; // 1/6!
  q = q * r + 0x1.111112p-7f;  // 1/5!
  q = q * r + 0x1.555556p-5f;  // 1/4!
  q = q * r + 0x1.555556p-3f;  // 1/3!
  q = q * r + 0.5f;
  float y = 1.0f + (r + (r * r) * q);
  int32_t half = n >> 1;
  float first = f32_from_bits((uint32_t)(half + 127) << 23);
  float second = f32_from_bits((uint32_t)(n - half + 127) << 23);
  return (y * first) * second;
}

// Square root, correctly rounded (to nearest even): one bit of the root a round, the remainder decides the last.
// NaN and negative numbers give NaN, -0 gives -0.
float f32_sqrt(float x) {
  uint32_t bits = f32_bits(x);
  if ((bits << 1) == 0 || bits == F32_INFINITY_BITS) return x;
  if (bits > F32_INFINITY_BITS) return f32_from_bits(F32_NAN_BITS);
  int32_t exponent = (int32_t)(bits >> 23);
  uint32_t mantissa = bits & 0x7fffffu;
  if (exponent == 0) {
    exponent = 1;
    while ((mantissa & 0x800000u) == 0) {
      mantissa <<= 1;
      exponent -= 1;
    }
  }
  mantissa |= 0x800000u;
  exponent -= 127;
  mantissa <<= 1 + (exponent & 1); // in [2^24, 2^26): the value is mantissa * 2^-24 * 4^(exponent >> 1)
  uint32_t root = 0, rest = 0;
  for (int32_t i = 0; i < 25; i++) { // 25 bits of the root: 24 that stay and one to round by
    rest = (rest << 2) | ((mantissa >> 24) & 3u);
    mantissa <<= 2;
    uint32_t trial = (root << 2) | 1u;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1u;
    }
  }
  // A tie is impossible: a root of 25 bits whose last is 1 has a square of more bits than the mantissa.
  root = (root >> 1) + (root & 1u);
  return f32_from_bits((uint32_t)((exponent >> 1) + 126) * 0x800000u + root);
}

// x towards zero; saturates; NaN gives 0 (WebAssembly i32.trunc_sat_f32_s).
int32_t f32_to_i32(float x) {
  uint32_t bits = f32_bits(x);
  int32_t exponent = (int32_t)((bits >> 23) & 0xffu) - 127;
  if (exponent < 0) return 0;
  if (exponent >= 31) {
    if (f32_is_nan(x)) return 0;
    return (bits & F32_SIGN_BIT) != 0 ? INT32_MIN : INT32_MAX;
  }
  uint32_t mantissa = (bits & 0x7fffffu) | 0x800000u;
  uint32_t size = exponent >= 23 ? mantissa << (exponent - 23) : mantissa >> (23 - exponent);
  return (int32_t)((bits & F32_SIGN_BIT) != 0 ? 0u - size : size);
}

// x towards zero; saturates to 0 ... 2^32 - 1; NaN gives 0 (WebAssembly i32.trunc_sat_f32_u).
uint32_t f32_to_u32(float x) {
  uint32_t bits = f32_bits(x);
  int32_t exponent = (int32_t)((bits >> 23) & 0xffu) - 127;
  if (exponent < 0 || (bits & F32_SIGN_BIT) != 0 || f32_is_nan(x)) return 0;
  if (exponent >= 32) return UINT32_MAX;
  uint32_t mantissa = (bits & 0x7fffffu) | 0x800000u;
  return exponent >= 23 ? mantissa << (exponent - 23) : mantissa >> (23 - exponent);
}

// Sum of 16 lanes, in the one order of the project: fold 8, 4, 2, 1 (lane j += lane j + 8, ...). Overwrites the lanes.
float f32_fold16(float lanes[16]) {
  for (uint32_t width = 8; width != 0; width >>= 1)
    for (uint32_t j = 0; j < width; j++) lanes[j] = f32_add(lanes[j], lanes[j + width]);
  return lanes[0];
}
