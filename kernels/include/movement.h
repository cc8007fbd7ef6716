// What operators that move elements share: copies that do not look at the bits, index tensors, updates (spec/02 section 6).
#ifndef OPML_MOVEMENT_H
#define OPML_MOVEMENT_H

#include "numerics.h"
#include "program.h"

// No element: an index that is out of range. Tensors have at most 2^30 elements.
#define NO_ELEMENT 0xffffffffu

// Before elements are copied into a block one by one: what is not written stays zero.
static inline void block_clear(uint8_t out[BLOCK_BYTES]) {
  for (uint32_t i = 0; i < BLOCK_BYTES; i++) out[i] = 0;
}

// out[to] = data[from], elements of `bytes` bytes.
static inline void copy_element(uint32_t bytes, void *out, uint32_t to, const void *data, uint32_t from) {
  switch (bytes) {
    case 1: ((uint8_t *)out)[to] = ((const uint8_t *)data)[from]; return;
    case 2: ((uint16_t *)out)[to] = ((const uint16_t *)data)[from]; return;
    case 4: ((uint32_t *)out)[to] = ((const uint32_t *)data)[from]; return;
    default:
      ((uint32_t *)out)[2 * to] = ((const uint32_t *)data)[2 * from];
      ((uint32_t *)out)[2 * to + 1] = ((const uint32_t *)data)[2 * from + 1];
  }
}

// Element `at` of an i32 or i64 index tensor, for a dimension of `size`: a negative one counts from the end; NO_ELEMENT out of range.
static inline uint32_t index_at(uint32_t dtype, const void *data, uint32_t at, uint32_t size) {
  int64_t index = dtype == DTYPE_I64 ? ((const int64_t *)data)[at] : ((const int32_t *)data)[at];
  if (index < 0) index += size;
  return index >= 0 && index < (int64_t)size ? (uint32_t)index : NO_ELEMENT;
}

// Row-major position that tuple `row` names among dimensions of sizes[n]; NO_ELEMENT if a component is out of range.
static inline uint32_t tuple_at(uint32_t dtype, const void *data, uint32_t row, const uint32_t *sizes, uint32_t n) {
  uint32_t position = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t index = index_at(dtype, data, row * n + i, sizes[i]);
    if (index == NO_ELEMENT) return NO_ELEMENT;
    position = position * sizes[i] + index;
  }
  return position;
}

enum { SCATTER_PUT = 0, SCATTER_ADD = 1, SCATTER_MUL = 2, SCATTER_MIN = 3, SCATTER_MAX = 4 };

// An element and an update, reduced in their class; not for SCATTER_PUT.
union value scatter_reduce(uint32_t dtype, uint32_t mode, union value x, union value y);

#endif
