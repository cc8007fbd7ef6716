// The project's own elementary functions in f32 (spec/01 section 8): the same bits on every target.
// Results that are NaN have the bits 0x7fc00000. Names follow core/math of the library.
#ifndef OPML_MATH_H
#define OPML_MATH_H

#include <stdint.h>

// Applies `do_` to the name of every function of one argument.
#define OPML_MATH_UNARY(do_) \
  do_(acos) do_(acosh) do_(asin) do_(asinh) do_(atan) do_(atanh) do_(cos) do_(cosh) do_(erf) do_(exp) \
  do_(log) do_(log1p) do_(sigmoid) do_(sin) do_(sinh) do_(softplus) do_(tan) do_(tanh)

// float exp32(float x) and so on
#define OPML_MATH_DECLARE(name) float name##32(float x);
OPML_MATH_UNARY(OPML_MATH_DECLARE)
#undef OPML_MATH_DECLARE

float pow32(float x, float y);

#endif
