// The order of elements (ArgReduce, Sort) as that of whole numbers.
#ifndef OPML_ORDER_H
#define OPML_ORDER_H

#include "numerics.h"
#include "program.h"

// A number that orders as the value of an element does: -0 equals +0, NaN is above all and equals NaN. Below 2^32 but for class i64.
static inline uint64_t order_key(uint32_t dtype, union value value) {
  switch (dtype) {
    case DTYPE_F32: case DTYPE_F16: case DTYPE_BF16:
      if (f32_is_nan(value.f)) return UINT32_MAX;
      if (f32_is_zero(value.f)) return F32_SIGN_BIT;
      return (value.u & F32_SIGN_BIT) != 0 ? ~value.u : value.u | F32_SIGN_BIT;
    case DTYPE_U32: return value.u;
    case DTYPE_U64: return value.ul;
    case DTYPE_I64: return value.ul ^ 0x8000000000000000ull;
    default: return value.u ^ 0x80000000u;
  }
}

#endif
