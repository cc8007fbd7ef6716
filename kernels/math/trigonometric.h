// sin, cos, tan and their inverses.
#ifndef OPML_MATH_TRIGONOMETRIC_H
#define OPML_MATH_TRIGONOMETRIC_H

#include "core.h"
#include "reduce_large.h"

#define LARGE_BITS 0x45400000u // 3072

struct angle {
  vf high, low;  // the remainder in two parts, at most pi / 4
  vu quadrant;   // modulo 4
};

// |x| = quadrant * pi / 2 + high + low. Infinities and NaN give anything.
static inline struct angle reduce(vf x) {
  vu a = magnitude(x);
  vu is_large = but_not(greater(a, u(LARGE_BITS)), greater(a, u(INFINITY_BITS - 1u)));
  vf shifted = add(mul(value(a), f(TWO_OVER_PI)), f(ROUND));
  vf n = sub(shifted, f(ROUND)); // below 2^11: its products with the first three parts are exact
  vf second = mul(n, f(HALF_PI_2)), third = mul(n, f(HALF_PI_3));
  vf r = sub(value(a), mul(n, f(HALF_PI_1)));
  vf s = sub(r, second);
  vf rest = sub(sub(r, s), second);
  r = sub(s, third);
  rest = add(sub(sub(s, r), third), rest);
  rest = sub(rest, mul(n, f(HALF_PI_4)));
  vf high = add(r, rest);
  struct angle angle = {high, add(sub(r, high), rest), isub(bits(shifted), u(f32_bits(ROUND)))};
  if (any(is_large)) reduce_large_lanes(a, is_large, &angle.high, &angle.low, &angle.quadrant);
  return angle;
}

static inline vf sin_reduced(struct angle r) {
  vf z = mul(r.high, r.high);
  return add(r.high, add(r.low, mul(mul(r.high, z), HORNER(z, SIN))));
}

static inline vf cos_reduced(struct angle r) {
  vf z = mul(r.high, r.high);
  vf half = mul(f(0.5f), z);
  vf y = add(mul(mul(z, z), HORNER(z, COS)), with_sign(mul(r.high, r.low), u(SIGN_BIT)));
  vf w = sub(f(1.0f), half);
  return add(w, add(sub(sub(f(1.0f), w), half), y));
}

static inline vu is_not_finite(vf x) { return greater(magnitude(x), u(INFINITY_BITS - 1u)); }

// sin of the angle turned on by `turn` quadrants, with the sign given
static inline vf turned_sin(vf x, uint32_t turn, vu sign) {
  struct angle r = reduce(x);
  vu quadrant = iadd(r.quadrant, u(turn));
  vu is_odd = equal(iand(quadrant, u(1)), u(1)), is_even = equal(iand(quadrant, u(1)), u(0));
  vf sine = f(0.0f), cosine = f(0.0f);
  if (any(is_even)) sine = sin_reduced(r);
  if (any(is_odd)) cosine = cos_reduced(r);
  vf y = with_sign(pick(is_odd, cosine, sine), ixor(sign, shl(iand(quadrant, u(2)), 30)));
  return nan_where(is_not_finite(x), y);
}

static inline vf sin_lanes(vf x) { return turned_sin(x, 0, sign_of(x)); }
static inline vf cos_lanes(vf x) { return turned_sin(x, 1, u(0)); }

static inline vf tan_lanes(vf x) {
  struct angle r = reduce(x);
  vf sine = sin_reduced(r), cosine = cos_reduced(r);
  vu is_odd = equal(iand(r.quadrant, u(1)), u(1));
  vf y = quotient(pick(is_odd, cosine, sine), pick(is_odd, sine, cosine));
  return nan_where(is_not_finite(x), with_sign(y, ixor(sign_of(x), shl(iand(r.quadrant, u(1)), 31))));
}

// Above 1/2: pi / 2 - 2 asin(sqrt((1 - |x|) / 2))
static inline vf asin_lanes(vf x) {
  vu a = magnitude(x);
  vu is_large = greater(a, u(0x3f000000u));
  vf z = pick(is_large, mul(f(0.5f), sub(f(1.0f), value(a))), mul(x, x));
  vf s = value(a);
  if (any(is_large)) s = pick(is_large, root(z), s);
  vf y = odd_poly(s, HORNER(z, ASIN), z);
  y = pick(is_large, sub(f(HALF_PI_HIGH), sub(add(y, y), f(HALF_PI_LOW))), y);
  return nan_where(greater(a, u(0x3f800000u)), with_sign(y, sign_of(x)));
}

// pi / 2 - asin(x); from 1/2 on 2 asin(sqrt((1 - x) / 2)), below -1/2 pi minus that
static inline vf acos_lanes(vf x) {
  vu a = magnitude(x);
  vu is_large = greater(a, u(0x3f000000u));
  vf z = pick(is_large, mul(f(0.5f), sub(f(1.0f), value(a))), mul(x, x));
  vf s = x;
  if (any(is_large)) s = pick(is_large, root(z), s);
  vf p = mul(mul(s, z), HORNER(z, ASIN));
  vf middle = sub(f(HALF_PI_HIGH), sub(s, sub(f(HALF_PI_LOW), p)));
  vf right = add(s, p);
  vf left = sub(f(HALF_PI_HIGH), add(s, sub(p, f(HALF_PI_LOW))));
  vf outer = pick(is_negative(x), left, right);
  return nan_where(greater(a, u(0x3f800000u)), pick(is_large, add(outer, outer), middle));
}

// Above 1: pi / 2 - atan(1 / |x|)
static inline vf atan_lanes(vf x) {
  vu a = magnitude(x);
  vu is_large = greater(a, u(0x3f800000u));
  vf v = value(a);
  if (any(is_large)) v = pick(is_large, quotient(f(1.0f), v), v);
  vf y = ODD(v, ATAN);
  y = pick(is_large, sub(f(HALF_PI_HIGH), sub(y, f(HALF_PI_LOW))), y);
  return nan_where(is_nan(x), with_sign(y, sign_of(x)));
}

#endif
