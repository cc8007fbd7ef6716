// tanh, sinh, cosh, their inverses, and erf.
#ifndef OPML_MATH_HYPERBOLIC_H
#define OPML_MATH_HYPERBOLIC_H

#include "core.h"

// From 1 on 1 - 2 / (exp(2 |x|) + 1), which is 1 from 10 on
static inline vf tanh_lanes(vf x) {
  vu a = magnitude(x);
  vu is_small = greater(u(0x3f800000u), a), is_large = greater(a, u(0x3f7fffffu));
  vf y = f(0.0f);
  if (any(is_small)) y = ODD(value(a), TANH);
  if (any(is_large)) {
    vf v = limited(a, 10.0f);
    vf e = exp_in_range(add(v, v), 0);
    y = pick(is_large, sub(f(1.0f), quotient(f(2.0f), add(e, f(1.0f)))), y);
  }
  return nan_where(is_nan(x), with_sign(y, sign_of(x)));
}

// From 1 on 1 - exp(p(|x|)), which is 1 from 4 on
static inline vf erf_lanes(vf x) {
  vu a = magnitude(x);
  vu is_small = greater(u(0x3f800000u), a), is_large = greater(a, u(0x3f7fffffu));
  vf y = f(0.0f);
  if (any(is_small)) {
    vf v = value(a);
    y = add(v, mul(v, HORNER(mul(v, v), ERF_SMALL)));
  }
  if (any(is_large)) y = pick(is_large, sub(f(1.0f), exp_in_range(HORNER(limited(a, 4.0f), ERF_LARGE), 0)), y);
  return nan_where(is_nan(x), with_sign(y, sign_of(x)));
}

// exp(|x|) / 2; the argument stops at 90, where this is +inf
static inline vf half_exp(vu a) { return exp_in_range(limited(a, 90.0f), (uint32_t)-1); }

static inline vf sinh_lanes(vf x) {
  vu a = magnitude(x);
  vu is_small = greater(u(0x3f800000u), a), is_large = greater(a, u(0x3f7fffffu));
  vf y = f(0.0f);
  if (any(is_small)) y = ODD(value(a), SINH);
  if (any(is_large)) {
    vf e = half_exp(a);
    y = pick(is_large, sub(e, quotient(f(0.25f), e)), y);
  }
  return nan_where(is_nan(x), with_sign(y, sign_of(x)));
}

static inline vf cosh_lanes(vf x) {
  vf e = half_exp(magnitude(x));
  return nan_where(is_nan(x), add(e, quotient(f(0.25f), e)));
}

// From 1/2 on log1p(|x| + x^2 / (1 + sqrt(x^2 + 1))), from 4096 on log(2 |x|)
static inline vf asinh_lanes(vf x) {
  vu a = magnitude(x);
  vu is_small = greater(u(0x3f000000u), a), is_log = greater(a, u(0x3effffffu)), is_large = greater(a, u(0x457fffffu));
  vf y = f(0.0f), v = value(a);
  if (any(is_small)) y = ODD(v, ASINH);
  if (any(is_log)) {
    vf z = mul(v, v);
    vf t = add(v, quotient(z, add(f(1.0f), root(add(z, f(1.0f))))));
    y = pick(is_log, log1p_or_log2x(t, is_large, v), y);
  }
  y = pick(equal(a, u(INFINITY_BITS)), v, y);
  return nan_where(is_nan(x), with_sign(y, sign_of(x)));
}

// log1p(t + sqrt(2 t + t^2)), t = x - 1; from 4096 on log(2 x)
static inline vf acosh_lanes(vf x) {
  vf t = sub(x, f(1.0f));
  vf w = add(t, root(add(add(t, t), mul(t, t))));
  vf y = log1p_or_log2x(w, greater(bits(x), u(0x457fffffu)), x);
  y = pick(equal(bits(x), u(INFINITY_BITS)), x, y);
  return nan_where(either(greater(u(0x3f800000u), bits(x)), is_nan(x)), y);
}

// From 1/2 on log1p(2 |x| / (1 - |x|)) / 2
static inline vf atanh_lanes(vf x) {
  vu a = magnitude(x);
  vu is_small = greater(u(0x3f000000u), a), is_log = greater(a, u(0x3effffffu));
  vf y = f(0.0f), v = value(a);
  if (any(is_small)) y = ODD(v, ATANH);
  if (any(is_log)) {
    vf t = quotient(add(v, v), sub(f(1.0f), v));
    y = pick(is_log, mul(f(0.5f), log1p_or_log2x(t, equal(u(0), u(1)), v)), y);
  }
  y = pick(equal(a, u(0x3f800000u)), value(u(INFINITY_BITS)), y);
  return nan_where(greater(a, u(0x3f800000u)), with_sign(y, sign_of(x)));
}

#endif
