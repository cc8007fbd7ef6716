// What MatMulInteger and ConvInteger share: a sum of products of integers less their zero points, exact modulo 2^32 or 2^64.
#ifndef OPML_INTEGER_DOT_H
#define OPML_INTEGER_DOT_H

#include "program.h"

struct integer_dot {
  uint32_t dtype_a, dtype_b;
  int32_t zero_a, zero_b;
  uint32_t is_wide; // the accumulator has 64 bits
};

// An element widened to 64 bits; an u32 counts as unsigned.
static inline int64_t integer_dot_widen(uint32_t dtype, union value x) { return dtype == DTYPE_U32 ? (int64_t)x.u : x.i; }

// acc += (x - zero_a) * (y - zero_b).
static inline void integer_dot_add(const struct integer_dot *dot, union value *acc, union value x, union value y) {
  if (dot->is_wide) {
    uint64_t left = (uint64_t)(integer_dot_widen(dot->dtype_a, x) - dot->zero_a);
    uint64_t right = (uint64_t)(integer_dot_widen(dot->dtype_b, y) - dot->zero_b);
    acc->ul += left * right;
  } else {
    acc->u += (x.u - (uint32_t)dot->zero_a) * (y.u - (uint32_t)dot->zero_b);
  }
}

#endif
