// exp, log, log1p, sigmoid, softplus.
#ifndef OPML_MATH_EXP_LOG_H
#define OPML_MATH_EXP_LOG_H

#include "core.h"

// NaN gives NaN, above 89 +inf, below -104 +0.
static inline vf exp_lanes(vf x) {
  vu is_above = greater(bits(x), u(0x42b20000u));
  vu is_below = both(greater(bits(x), u(0xc2d00000u)), is_negative(x));
  vf y = exp_in_range(x, 0);
  y = pick(is_above, value(u(INFINITY_BITS)), y);
  y = pick(is_below, f(0.0f), y);
  return nan_where(is_nan(x), y);
}

// Zeros give -inf, negative numbers and NaN give NaN.
static inline vf log_lanes(vf x) {
  vu extra;
  vf normal = normal_of(x, &extra);
  vf y = log_in_range(normal, extra, f(0.0f), 0);
  y = pick(equal(bits(x), u(INFINITY_BITS)), x, y);
  y = nan_where(either(is_negative(x), is_nan(x)), y);
  return pick(equal(magnitude(x), u(0)), value(u(INFINITY_BITS | SIGN_BIT)), y);
}

// Keeps -0; -1 gives -inf, below NaN.
static inline vf log1p_lanes(vf x) {
  vf y = log1p_or_log2x(x, equal(u(0), u(1)), x);
  y = pick(equal(bits(x), u(INFINITY_BITS)), x, y);
  y = nan_where(either(both(greater(bits(x), u(0xbf800000u)), is_negative(x)), is_nan(x)), y);
  return pick(equal(bits(x), u(0xbf800000u)), value(u(INFINITY_BITS | SIGN_BIT)), y);
}

// exp(-|x|); the argument stops at -104, where exp is 0.
static inline vf exp_of_minus_magnitude(vf x) {
  return exp_in_range(with_sign(limited(magnitude(x), 104.0f), u(SIGN_BIT)), 0);
}

// 1 / (1 + exp(-x)), for negative x as exp(x) / (1 + exp(x)).
static inline vf sigmoid_lanes(vf x) {
  vf e = exp_of_minus_magnitude(x);
  vf y = quotient(pick(is_negative(x), e, f(1.0f)), add(f(1.0f), e));
  return nan_where(is_nan(x), y);
}

// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))
static inline vf softplus_lanes(vf x) {
  vf y = log1p_or_log2x(exp_of_minus_magnitude(x), equal(u(0), u(1)), x);
  return nan_where(is_nan(x), add(pick(is_negative(x), f(0.0f), x), y));
}

#endif
