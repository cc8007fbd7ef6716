// What several functions share: constants, Horner's rule, exp and log of reduced arguments. Included after scalar.h or simd.h.
#ifndef OPML_MATH_CORE_H
#define OPML_MATH_CORE_H

#include "coefficients.h"

#define INFINITY_BITS 0x7f800000u
#define NAN_BITS 0x7fc00000u
#define SIGN_BIT 0x80000000u
#define ROUND 0x1.8p+23f // x + ROUND - ROUND rounds |x| < 2^22 to a whole number, ties to even; the low bits of x + ROUND hold it
#define HORNER(z, name) horner(z, name, (int)(sizeof(name) / sizeof(name[0])))

// ((c[n-1] z + c[n-2]) z + ...) z + c[0]
static inline vf horner(vf z, const float *c, int n) {
  vf y = f(c[n - 1]);
  for (int i = n - 2; i >= 0; i--) y = add(mul(y, z), f(c[i]));
  return y;
}

static inline vu magnitude(vf x) { return iand(bits(x), u(~SIGN_BIT)); }
static inline vu sign_of(vf x) { return iand(bits(x), u(SIGN_BIT)); }
static inline vf with_sign(vf x, vu sign) { return value(ixor(bits(x), sign)); }
static inline vu is_nan(vf x) { return greater(magnitude(x), u(INFINITY_BITS)); }
static inline vu is_negative(vf x) { return greater(u(0), bits(x)); }
static inline vf nan_where(vu mask, vf x) { return pick(mask, value(u(NAN_BITS)), x); }
// Magnitude bits, at most those of `limit`; NaN becomes the limit.
static inline vf limited(vu a, float limit) { return value(ipick(greater(a, u(f32_bits(limit))), u(f32_bits(limit)), a)); }
// x with 12 significant bits: the product of two such numbers is exact.
static inline vf short_of(vf x) { return value(iand(bits(x), u(0xfffff000u))); }

// x + x^3 p(x^2)
static inline vf odd_poly(vf x, vf p, vf z) { return add(x, mul(mul(x, z), p)); }
#define ODD(x, name) odd_horner(x, name, (int)(sizeof(name) / sizeof(name[0])))
static inline vf odd_horner(vf x, const float *c, int n) {
  vf z = mul(x, x);
  return odd_poly(x, horner(z, c, n), z);
}

// y * 2^n for y in [1/2, 2] and -151 < n < 131: two exact factors, one rounding.
static inline vf scale(vf y, vu n) {
  vu half = sar(n, 1);
  vf first = value(shl(iadd(half, u(127)), 23));
  vf second = value(shl(iadd(isub(n, half), u(127)), 23));
  return mul(mul(y, first), second);
}

// exp(x) * 2^extra for -104 <= x <= 90; the bits of f32_exp (kernels/ops/f32.c) for extra 0.
static inline vf exp_in_range(vf x, uint32_t extra) {
  vf shifted = add(mul(x, f(LOG2_E)), f(ROUND));
  vu n = iadd(isub(bits(shifted), u(f32_bits(ROUND))), u(extra));
  vf whole = sub(shifted, f(ROUND));
  vf r = sub(sub(x, mul(whole, f(LN2_HIGH))), mul(whole, f(LN2_LOW)));
  vf y = add(f(1.0f), add(r, mul(mul(r, r), HORNER(r, EXP))));
  return scale(y, n);
}

struct mantissa {
  vf f;  // the number is 2^k (1 + f), 1 + f in [sqrt(1/2), sqrt(2))
  vu k;
};

// Splits a positive normal number.
static inline struct mantissa split_mantissa(vf x) {
  vu k = sar(isub(bits(x), u(SQRT_HALF_BITS)), 23);
  struct mantissa m = {sub(value(isub(bits(x), shl(k, 23))), f(1.0f)), k};
  return m;
}

// Multiplies positive subnormal numbers by 2^23 and says by how much the exponent must be corrected.
static inline vf normal_of(vf x, vu *extra) {
  vu is_small = greater(u(0x00800000u), bits(x));
  *extra = u(0);
  if (!any(is_small)) return x;
  *extra = ipick(is_small, u((uint32_t)-23), u(0));
  return pick(is_small, mul(x, f(0x1p+23f)), x);
}

// log(x 2^extra) + tail for a positive normal x and a tail of at most 2^-23.
static inline vf log_in_range(vf x, vu extra, vf tail, int has_tail) {
  struct mantissa m = split_mantissa(x);
  vf k = from_int(iadd(m.k, extra));
  vf z = mul(m.f, m.f);
  vf y = mul(mul(m.f, z), HORNER(m.f, LOG));
  y = add(y, mul(k, f(LN2_LOW)));
  if (has_tail) y = add(y, tail);
  y = sub(y, mul(f(0.5f), z));
  vf high = mul(k, f(LN2_HIGH));
  vf sum = add(high, m.f);
  vf rest = sub(m.f, sub(sum, high));
  return add(sum, add(rest, y));
}

// log(1 + t) for finite t > -1; where `is_large`, log(2 large) instead.
static inline vf log1p_or_log2x(vf t, vu is_large, vf large) {
  vf sum = add(f(1.0f), t);
  vf below_one = sub(t, sub(sum, f(1.0f))), above_one = sub(f(1.0f), sub(sum, t));
  vf tail = quotient(pick(greater(magnitude(t), u(0x3f800000u)), above_one, below_one), sum);
  vf y = log_in_range(pick(is_large, large, sum), ipick(is_large, u(1), u(0)), pick(is_large, f(0.0f), tail), 1);
  return pick(but_not(greater(u(0x33000000u), magnitude(t)), is_large), t, y); // below 2^-25
}

#endif
