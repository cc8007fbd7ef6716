// x^y = 2^(y log2 x), the logarithm and the product in two parts.
#ifndef OPML_MATH_POW_H
#define OPML_MATH_POW_H

#include "core.h"

struct pair {
  vf high, low;
};

// log2 of a positive finite x, 2^-34 relative; the high part has 12 significant bits.
static inline struct pair log2_pair(vf x) {
  vu extra;
  struct mantissa m = split_mantissa(normal_of(x, &extra));
  vf k = from_int(iadd(m.k, extra));
  // s = f / (2 + f) in two parts; d = 2 + f exactly
  vf d = add(f(2.0f), m.f);
  vf d_rest = sub(m.f, sub(d, f(2.0f)));
  vf d_high = short_of(d), d_low = add(sub(d, d_high), d_rest);
  vf s = quotient(m.f, d);
  vf s_high = short_of(s);
  vf s_low = quotient(sub(sub(m.f, mul(s_high, d_high)), mul(s_high, d_low)), d);
  // t = 3 atanh(s) / s = 3 + s^2 + s^4 p(s^2) in two parts
  vf z = mul(s, s);
  vf square = mul(s_high, s_high); // exact
  vf q = add(mul(mul(z, z), HORNER(z, POW_LOG)), mul(s_low, add(s_high, s)));
  vf t_high = short_of(add(add(f(3.0f), square), q));
  vf t_low = sub(q, sub(sub(t_high, f(3.0f)), square));
  // log2(1 + f) = LOG2_STEP s t
  vf u_high = mul(s_high, t_high); // exact
  vf u_low = add(mul(s_low, t_high), mul(t_low, s));
  vf p_high = short_of(add(u_high, u_low));
  vf p_low = sub(u_low, sub(p_high, u_high));
  vf l_high = mul(f(LOG2_STEP_HIGH), p_high); // exact
  vf l_low = add(mul(f(LOG2_STEP_LOW), p_high), mul(f(LOG2_STEP), p_low));
  vf sum = short_of(add(add(l_high, l_low), k));
  struct pair result = {sum, sub(l_low, sub(sub(sum, k), l_high))};
  return result;
}

// 2^(high + low) for -151 <= high + low <= 129
static inline vf exp2_pair(struct pair e) {
  vf shifted = add(add(e.high, e.low), f(ROUND));
  vu n = isub(bits(shifted), u(f32_bits(ROUND)));
  vf g = sub(e.high, sub(shifted, f(ROUND))); // exact
  vf r = add(g, e.low);
  vf r_rest = add(sub(g, r), e.low);
  vf r_high = short_of(r), r_low = add(sub(r, r_high), r_rest);
  vf t_high = mul(r_high, f(LN2_SHORT_HIGH)); // exact
  vf t_low = add(mul(r_high, f(LN2_SHORT_LOW)), mul(r_low, f(LN2)));
  vf t = add(t_high, t_low);
  vf t_rest = add(sub(t_high, t), t_low);
  vf y = add(f(1.0f), add(t, add(t_rest, mul(mul(t, t), HORNER(t, EXP)))));
  return scale(y, n);
}

// y is whole; y is a magnitude.
static inline vu is_whole(vf y) {
  vf rounded = sub(add(y, f(0x1p+23f)), f(0x1p+23f));
  return either(greater(bits(y), u(0x4affffffu)), equal(bits(rounded), bits(y)));
}

static inline vf pow_lanes(vf x, vf y) {
  vu a = magnitude(x), b = magnitude(y);
  vf v = value(b);
  vu is_int = is_whole(v);
  vu is_odd = but_not(is_int, is_whole(mul(f(0.5f), v)));
  // |y| stops at 2^31: beyond, every power of a number other than 1 overflows or vanishes.
  vf w = with_sign(limited(b, 0x1p+31f), sign_of(y));
  struct pair l = log2_pair(value(a));
  vf w_high = short_of(w);
  struct pair e = {mul(w_high, l.high), add(mul(sub(w, w_high), l.high), mul(w, l.low))};
  vf sum = add(e.high, e.low);
  vu is_over = greater(bits(sum), u(0x43010000u)), is_under = both(greater(bits(sum), u(0xc3170000u)), is_negative(sum)); // 129, -151
  vf r = exp2_pair(e);
  vf infinity = value(u(INFINITY_BITS));
  vu is_zero = equal(a, u(0)), is_end = either(is_zero, equal(a, u(INFINITY_BITS)));
  r = pick(is_over, infinity, r);
  r = pick(is_under, f(0.0f), r);
  r = pick(is_end, pick(unlike(is_zero, is_negative(y)), f(0.0f), infinity), r);
  r = with_sign(r, ipick(is_odd, sign_of(x), u(0)));
  vu is_negative_base = but_not(is_negative(x), is_end);
  r = nan_where(either(but_not(is_negative_base, is_int), either(is_nan(x), is_nan(y))), r);
  return pick(either(equal(b, u(0)), equal(bits(x), u(0x3f800000u))), f(1.0f), r);
}

#endif
