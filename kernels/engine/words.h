// Integers of up to 32 bits as words, and the sums, greatest and least of them.
#ifndef OPML_ENGINE_WORDS_H
#define OPML_ENGINE_WORDS_H

#include "gemm.h"
#include "reduce.h"

// Whether elements of a dtype are loaded so.
static inline int is_word_dtype(uint32_t dtype) { return dtype == DTYPE_I8 || dtype == DTYPE_U8 || dtype == DTYPE_I16 || dtype == DTYPE_I32; }

static inline int32_t word_at(uint32_t dtype, const void *x, int64_t i) { return dtype == DTYPE_I32 ? ((const int32_t *)x)[i] : pair_term(dtype, x, i); }

// Eight elements as words, four and four.
static inline v128_t load_low(uint32_t dtype, const void *x, uint32_t i, v128_t *high) {
  if (dtype == DTYPE_I32) {
    *high = wasm_v128_load((const int32_t *)x + i + 4);
    return wasm_v128_load((const int32_t *)x + i);
  }
  v128_t halves = load_terms(dtype, x, i);
  *high = wasm_i32x4_extend_high_i16x8(halves);
  return wasm_i32x4_extend_low_i16x8(halves);
}

static inline int32_t joined(uint32_t mode, int32_t a, int32_t b) {
  if (mode == MODE_SUM) return (int32_t)((uint32_t)a + (uint32_t)b);
  return (mode == MODE_MAX) == (a > b) ? a : b;
}

static inline v128_t joined_words(uint32_t mode, v128_t a, v128_t b) {
  return mode == MODE_SUM ? wasm_i32x4_add(a, b) : mode == MODE_MAX ? wasm_i32x4_max(a, b) : wasm_i32x4_min(a, b);
}

#endif
