// Ordered matrix products (spec/01: lane l of 16 takes the terms i = l mod 16, lanes fold 8, 4, 2, 1), the heart of MatMul and Conv.
//
// Tiles of 4 rows and 8 columns stay in registers while one lane after the other is summed, in the order 0 8 4 12 2 10 6 14 1 9 ...,
// so that the fold needs a stack of four tiles. Panels hold the terms in that order, so that a tile reads them one after the other.
//
// A lane begins with its first product instead of +0: that changes nothing but the sign of zeros, and the true sum is never -0, so that one addition of +0 at the end makes the bits right.
#ifndef OPML_ENGINE_GEMM_H
#define OPML_ENGINE_GEMM_H

#include <wasm_simd128.h>

#include "engine.h"

enum { TILE_ROWS = 4, TILE_COLS = 8, BLOCK_ROWS = 128 };

// Where term i stands in a panel.
struct term_order {
  uint32_t start[NUM_LANES];
};

struct term_order term_order(uint32_t depth);
static inline uint32_t term_place(const struct term_order *order, uint32_t i) { return order->start[i % NUM_LANES] + i / NUM_LANES; }

// How a tile sums panels: lane after lane in the order in which panels hold them. A lane of one term that is folded into another sum is
// simply its next term; lanes without terms are left out.
struct tile_lanes {
  uint32_t num_steps;
  struct tile_step {
    uint32_t terms;  // at least 1
    uint16_t is_new; // begins a sum, setting the open one aside
    uint16_t folds;  // sums that are folded into this one afterwards
  } steps[NUM_LANES];
};

// What a tile needs to know of panels whose lane l has counts[l] terms; and where lane l begins in such a panel.
struct tile_lanes tile_lanes(const uint32_t counts[NUM_LANES]);
void lane_starts(const uint32_t counts[NUM_LANES], uint32_t start[NUM_LANES]);

// out[4][stride] = the tile of a panel of rows and a panel of columns
void gemm_tile(const float *rows, const float *cols, const struct tile_lanes *lanes, float *out, uint32_t stride);

// The same of integers, whose panels hold pairs of terms.
void integer_tile(const int16_t *rows, const int16_t *cols, uint32_t pairs, int32_t *out, uint32_t stride);

// The first row of such a tile alone.
void gemm_row(const float *rows, const float *cols, const struct tile_lanes *lanes, float *out);

// One product of [rows, depth] and [depth, cols] whose result is rows of the output.
struct gemm {
  uint32_t rows, cols, depth;
  uint32_t block_rows, block_cols; // of a part: multiples of a tile
  const float *packed_rows, *packed_cols; // whole operands in panels, or 0
  // Writes panels of `count` rows, or the panel of `count` columns, from `first` on; what fills up the last panel is of no matter.
  void (*pack_rows)(const struct gemm *gemm, float *panels, uint32_t first, uint32_t count);
  void (*pack_cols)(const struct gemm *gemm, float *panels, uint32_t first, uint32_t count);
  int is_integer;       // panels hold pairs of i16 terms as words, `depth` counts words, the sums are i32
  const void *source;   // for the packers
  uint32_t out_first;   // output element of row 0, column 0; a row has `cols` elements
};

// Chooses the sizes of parts; 0 if the depth is too great for the scratch.
int gemm_blocks(uint32_t rows, uint32_t cols, uint32_t depth, uint32_t *block_rows, uint32_t *block_cols);

static inline uint32_t gemm_parts(uint32_t rows, uint32_t cols, uint32_t block_rows, uint32_t block_cols) {
  return ((rows + block_rows - 1) / block_rows) * ((cols + block_cols - 1) / block_cols);
}

// Computes part number `part` through the epilogue.
void gemm_part(const struct gemm *gemm, uint32_t part, struct strip *strip, struct scratch *scratch);

// Writes i16 term i of row or column j into a panel of pairs `width` wide.
static inline void put_term(int16_t *panel, uint32_t width, uint32_t i, uint32_t j, int32_t term) { panel[(i / 2 * width + j) * 2 + i % 2] = (int16_t)term; }

// Whether a term fits i16 as the pairs hold it: an integer of 8 bits less a zero point near it, or an i16 as it is.
static inline int is_pair_term(uint32_t dtype, int32_t zero) {
  if (dtype == DTYPE_I16) return zero == 0;
  return dtype_bytes(dtype) == 1 && zero >= -256 && zero <= 256;
}

// Whether the terms of both operands fit the pairs.
static inline int is_pair_product(const ProgramNode *node, int32_t zero_a, int32_t zero_b) {
  return is_pair_term(node->dtype[1], zero_a) && is_pair_term(node->dtype[2], zero_b);
}

// Element `index` of an operand whose terms fit the pairs.
static inline int32_t pair_term(uint32_t dtype, const void *data, int64_t index) {
  if (dtype == DTYPE_I16) return ((const int16_t *)data)[index];
  return dtype == DTYPE_I8 ? ((const int8_t *)data)[index] : ((const uint8_t *)data)[index];
}

// Eight such elements from `index` on.
static inline v128_t load_terms(uint32_t dtype, const void *data, int64_t index) {
  if (dtype == DTYPE_I16) return wasm_v128_load((const int16_t *)data + index);
  return dtype == DTYPE_I8 ? wasm_i16x8_load8x8((const int8_t *)data + index) : wasm_u16x8_load8x8((const uint8_t *)data + index);
}

#endif
