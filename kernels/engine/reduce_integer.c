// Reduce of integers of up to 32 bits: sums modulo 2^32, greatest and least elements. Elements that lie side by side go by vectors.
#include <wasm_simd128.h>

#include "reduce.h"
#include "words.h"

// x[n], n at least 1
static inline __attribute__((always_inline)) int32_t reduce_row(uint32_t dtype, uint32_t mode, const void *x, uint32_t n) {
  int32_t total = word_at(dtype, x, 0);
  uint32_t i = 1;
  if (n >= 8) {
    v128_t high, low = load_low(dtype, x, 0, &high);
    for (i = 8; i + 8 <= n; i += 8) {
      v128_t more, some = load_low(dtype, x, i, &more);
      low = joined_words(mode, low, some);
      high = joined_words(mode, high, more);
    }
    low = joined_words(mode, low, high);
    low = joined_words(mode, low, wasm_i32x4_shuffle(low, low, 2, 3, 2, 3));
    total = joined(mode, wasm_i32x4_extract_lane(low, 0), wasm_i32x4_extract_lane(low, 1));
  }
  for (; i < n; i++) total = joined(mode, total, word_at(dtype, x, i));
  return total;
}

static int32_t row_of(uint32_t dtype, uint32_t mode, const void *x, uint32_t n) {
  if (dtype == DTYPE_I16) return mode == MODE_SUM ? reduce_row(DTYPE_I16, MODE_SUM, x, n) : reduce_row(DTYPE_I16, mode, x, n);
  if (dtype == DTYPE_I8) return mode == MODE_SUM ? reduce_row(DTYPE_I8, MODE_SUM, x, n) : reduce_row(DTYPE_I8, mode, x, n);
  return reduce_row(dtype, mode, x, n);
}

static int32_t reduce_element(const struct reduction *r, uint32_t dtype, uint32_t mode, const uint8_t *x) {
  uint32_t inner = r->num_axes - 1, size = r->sizes[inner], bytes = dtype_bytes(dtype);
  uint32_t s0 = inner >= 2 ? r->sizes[inner - 2] : 1, s1 = inner >= 1 ? r->sizes[inner - 1] : 1;
  int32_t t0 = inner >= 2 ? r->strides[inner - 2] : 0, t1 = inner >= 1 ? r->strides[inner - 1] : 0, t2 = r->strides[inner], total = 0;
  for (uint32_t i = 0; i < s0; i++)
    for (uint32_t j = 0; j < s1; j++) {
      const uint8_t *row = x + ((int64_t)i * t0 + (int64_t)j * t1) * bytes;
      int32_t own = t2 == 1 ? row_of(dtype, mode, row, size) : word_at(dtype, row, 0);
      for (uint32_t k = 1; t2 != 1 && k < size; k++) own = joined(mode, own, word_at(dtype, row, (int64_t)k * t2));
      total = i == 0 && j == 0 ? own : joined(mode, total, own);
    }
  return total;
}

static void run_reduce_integer(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  const ProgramNode *node = command->node;
  struct reduction r = reduction_of(node);
  uint32_t size = command->shape[0], num_elements = node_elements(node), mode = node->attributes[ATTRIBUTE_REDUCE_MODE], dtype = node->dtype[1];
  int32_t *acc = (int32_t *)scratch->acc;
  struct strip *strip = strip_begin(command, 0, CLASS_I32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t start = i * size, count = min_u32(num_elements - start, size);
    for (uint32_t e = 0; e < count; e++)
      acc[e] = reduce_element(&r, dtype, mode, (const uint8_t *)command->operand[0] + view_start(node, start + e) * dtype_bytes(dtype));
    strip_run(strip, start, count, acc);
  }
}

int prepare_reduce_integer(struct command *command) {
  const ProgramNode *node = command->node;
  uint32_t mode = node->attributes[ATTRIBUTE_REDUCE_MODE], dtype = node->dtype[1];
  if (!is_word_dtype(dtype) || node->attributes[ATTRIBUTE_REDUCE_NUM_PRE_OPS] != 0 || node_elements(node) == 0) return 0;
  if (mode != MODE_SUM && mode != MODE_MAX && mode != MODE_MIN) return 0;
  struct reduction r = reduction_of(node);
  if (r.terms == 0) return 0;
  command->kernel = run_reduce_integer;
  set_reduce_parts(command, r.terms);
  return 1;
}
