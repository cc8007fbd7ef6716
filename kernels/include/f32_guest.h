// f32 product and sum for a machine without a floating-point unit: the bits of a * b and a + b, in a third of the steps of libgcc.
// Normal operands with a normal result are computed here; everything else goes to the compiler's own arithmetic.
// On other targets these are the plain operators.
#ifndef OPML_F32_GUEST_H
#define OPML_F32_GUEST_H

#include "f32.h"

#if defined(__riscv) && !defined(__riscv_flen)

// Biased exponent 1 ... 254.
static inline int f32_is_normal_exponent(uint32_t exponent) { return exponent - 1u < 254u; }

static inline float f32_mul(float x, float y) {
  uint32_t a = f32_bits(x), b = f32_bits(y);
  uint32_t ea = (a >> 23) & 255u, eb = (b >> 23) & 255u;
  if (!f32_is_normal_exponent(ea) || !f32_is_normal_exponent(eb)) return x * y;
  uint64_t product = (uint64_t)(a << 8 | 0x80000000u) * (b << 8 | 0x80000000u); // in [2^62, 2^64)
  uint32_t high = (uint32_t)(product >> 32) | ((uint32_t)product != 0);           // the last bit is sticky
  uint32_t exponent = ea + eb - 127u;
  if ((high >> 31) != 0) exponent += 1;
  else high <<= 1;
  if (!f32_is_normal_exponent(exponent)) return x * y;
  uint32_t mantissa = high >> 8;
  mantissa += ((high & 255u) + (mantissa & 1u) + 127u) >> 8; // up when above half, or half and odd
  // The mantissa's leading bit adds one to the exponent; so does a carry out of it, up to infinity.
  return f32_from_bits(((a ^ b) & F32_SIGN_BIT) | ((exponent - 1u) * 0x800000u + mantissa));
}

static inline float f32_add(float x, float y) {
  uint32_t a = f32_bits(x), b = f32_bits(y);
  if ((a << 1) < (b << 1)) { // the greater magnitude first
    uint32_t kept = a;
    a = b;
    b = kept;
  }
  uint32_t exponent = (a >> 23) & 255u, eb = (b >> 23) & 255u;
  if (!f32_is_normal_exponent(exponent)) return x + y;
  if ((b << 1) == 0) return f32_from_bits(a);
  if (!f32_is_normal_exponent(eb)) return x + y;
  uint32_t distance = exponent - eb;
  if (distance > 26) distance = 26; // less than a quarter of the last place: any such distance rounds alike
  uint32_t large = (a & 0x7fffffu) << 3 | 0x4000000u, small = (b & 0x7fffffu) << 3 | 0x4000000u; // in [2^26, 2^27)
  uint32_t lost = small << 1 << (31u - distance);
  small = small >> distance | (lost != 0);
  uint32_t sum;
  if (((a ^ b) & F32_SIGN_BIT) == 0) {
    sum = large + small;
    if (sum >> 27 != 0) {
      sum = sum >> 1 | (sum & 1u);
      exponent += 1;
    }
  } else {
    sum = large - small;
    if (sum == 0) return 0.0f;
    while (sum >> 26 == 0) {
      sum <<= 1;
      exponent -= 1;
    }
  }
  if (!f32_is_normal_exponent(exponent)) return x + y;
  uint32_t mantissa = sum >> 3;
  mantissa += ((sum & 7u) + (mantissa & 1u) + 3u) >> 3;
  return f32_from_bits((a & F32_SIGN_BIT) | ((exponent - 1u) * 0x800000u + mantissa));
}

#else

static inline float f32_mul(float x, float y) { return x * y; }
static inline float f32_add(float x, float y) { return x + y; }

#endif

#endif
