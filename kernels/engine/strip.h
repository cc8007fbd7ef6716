// What the parts of the micro-ops on strips share: strip.c sets up and runs, strip_memory.c loads and stores, strip_ops.c computes.
#ifndef OPML_ENGINE_STRIP_H
#define OPML_ENGINE_STRIP_H

#include <wasm_simd128.h>

#include "engine.h"

// Arguments that a micro-op takes from earlier values or its immediate.
int num_arguments(uint32_t id);

// Whether the arguments of a micro-op of two or fewer are i64.
static inline int has_wide_arguments(uint32_t id) { return id >= MICRO_I64_ADD && id < MICRO_I32_TRUNC_SAT_F32_S; }

static inline void fill_words(void *y, int32_t word, uint32_t n) {
  for (uint32_t e = 0; e < n; e += 4) wasm_v128_store((int32_t *)y + e, wasm_i32x4_splat(word));
}

static inline void fill_wide(int64_t *y, int64_t value, uint32_t n) {
  for (uint32_t e = 0; e < n; e++) y[e] = value;
}

// Values of a load, of `index`, or of an op on earlier values, for elements first ... first + count - 1; in `y` or where they lie already.
const void *strip_load(const struct strip *strip, const ProgramMicroOp *op, uint32_t first, uint32_t count, struct strip_value *y);
void strip_index(const struct strip *strip, const ProgramMicroOp *op, uint32_t first, uint32_t count, int32_t *y);
const void *strip_compute(struct strip *strip, uint32_t k, uint32_t count);

// out[count] of a dtype = the values, NaNs canonical.
void strip_store(uint32_t dtype, const void *values, uint32_t count, void *out);

#endif
