// How an update meets an element in the reducing modes of ScatterElements and ScatterND.
#include "movement.h"

static float reduce_f32(uint32_t mode, float x, float y) {
  switch (mode) {
    case SCATTER_ADD: return f32_add(x, y);
    case SCATTER_MUL: return f32_mul(x, y);
    case SCATTER_MIN: return f32_min(x, y);
    default: return f32_max(x, y);
  }
}

static uint32_t reduce_i32(uint32_t mode, uint32_t x, uint32_t y, int is_less) {
  switch (mode) {
    case SCATTER_ADD: return x + y;
    case SCATTER_MUL: return x * y;
    case SCATTER_MIN: return is_less ? x : y;
    default: return is_less ? y : x;
  }
}

static uint64_t reduce_i64(uint32_t mode, uint64_t x, uint64_t y, int is_less) {
  switch (mode) {
    case SCATTER_ADD: return x + y;
    case SCATTER_MUL: return x * y;
    case SCATTER_MIN: return is_less ? x : y;
    default: return is_less ? y : x;
  }
}

union value scatter_reduce(uint32_t dtype, uint32_t mode, union value x, union value y) {
  union value result = {.l = 0};
  switch (dtype) {
    case DTYPE_F32: case DTYPE_F16: case DTYPE_BF16: result.f = reduce_f32(mode, x.f, y.f); break;
    case DTYPE_I64: result.ul = reduce_i64(mode, x.ul, y.ul, x.l < y.l); break;
    case DTYPE_U64: result.ul = reduce_i64(mode, x.ul, y.ul, x.ul < y.ul); break;
    case DTYPE_U32: result.u = reduce_i32(mode, x.u, y.u, x.u < y.u); break;
    default: result.u = reduce_i32(mode, x.u, y.u, x.i < y.i); break;
  }
  return result;
}
