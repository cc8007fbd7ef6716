#include "gemm.h"

#include <wasm_simd128.h>

static const uint8_t LANE_ORDER[NUM_LANES] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};

static uint32_t lane_terms(uint32_t depth, uint32_t lane) { return depth > lane ? (depth - lane + NUM_LANES - 1) / NUM_LANES : 0; }

void lane_starts(const uint32_t counts[NUM_LANES], uint32_t start[NUM_LANES]) {
  uint32_t place = 0;
  for (uint32_t i = 0; i < NUM_LANES; i++) {
    start[LANE_ORDER[i]] = place;
    place += counts[LANE_ORDER[i]];
  }
}

static void depth_counts(uint32_t depth, uint32_t counts[NUM_LANES]) {
  for (uint32_t l = 0; l < NUM_LANES; l++) counts[l] = lane_terms(depth, l);
}

struct term_order term_order(uint32_t depth) {
  struct term_order order;
  uint32_t counts[NUM_LANES];
  depth_counts(depth, counts);
  lane_starts(counts, order.start);
  return order;
}

static uint32_t sum_terms(const uint32_t counts[NUM_LANES], uint32_t first, uint32_t size) {
  uint32_t sum = 0;
  for (uint32_t i = first; i < first + size; i++) sum += counts[LANE_ORDER[i]];
  return sum;
}

// The steps of the lanes at `size` places from `first` on, which have terms.
static void add_steps(struct tile_lanes *lanes, const uint32_t counts[NUM_LANES], uint32_t first, uint32_t size) {
  uint32_t half = size / 2;
  if (size == 1) {
    lanes->steps[lanes->num_steps++] = (struct tile_step){.terms = counts[LANE_ORDER[first]], .is_new = 1};
    return;
  }
  uint32_t left = sum_terms(counts, first, half), right = sum_terms(counts, first + half, half);
  if (left != 0) add_steps(lanes, counts, first, half);
  if (left != 0 && right == 1) {
    lanes->steps[lanes->num_steps++] = (struct tile_step){.terms = 1};
    return;
  }
  if (right == 0) return;
  add_steps(lanes, counts, first + half, half);
  if (left != 0) lanes->steps[lanes->num_steps - 1].folds++;
}

struct tile_lanes tile_lanes(const uint32_t counts[NUM_LANES]) {
  struct tile_lanes lanes = {.num_steps = 0};
  if (sum_terms(counts, 0, NUM_LANES) != 0) add_steps(&lanes, counts, 0, NUM_LANES);
  return lanes;
}

#define EACH_ACC(do_) do_(0, 0) do_(0, 1) do_(1, 0) do_(1, 1) do_(2, 0) do_(2, 1) do_(3, 0) do_(3, 1)
#define DECLARE_ACC(r, c) v128_t acc##r##c = zero;
#define FIRST(r, c) acc##r##c = wasm_f32x4_mul(x##r, y##c);
#define NEXT(r, c) acc##r##c = wasm_f32x4_add(acc##r##c, wasm_f32x4_mul(x##r, y##c));
#define PUSH(r, c) wasm_v128_store(&stack[height][(r * 2 + c) * 4], acc##r##c);
#define FOLD(r, c) acc##r##c = wasm_f32x4_add(wasm_v128_load(&stack[height][(r * 2 + c) * 4]), acc##r##c);
#define OUT(r, c) wasm_v128_store(out + r * stride + c * 4, wasm_f32x4_add(acc##r##c, zero));
#define LOAD_TERMS                                                                                         \
  v128_t y0 = wasm_v128_load(cols), y1 = wasm_v128_load(cols + 4), x0 = wasm_v128_load32_splat(rows),      \
         x1 = wasm_v128_load32_splat(rows + 1), x2 = wasm_v128_load32_splat(rows + 2), x3 = wasm_v128_load32_splat(rows + 3); \
  rows += TILE_ROWS;                                                                                       \
  cols += TILE_COLS;

void gemm_tile(const float *rows, const float *cols, const struct tile_lanes *lanes, float *out, uint32_t stride) {
  float stack[4][TILE_ROWS * TILE_COLS];
  const v128_t zero = wasm_f32x4_splat(0.0f);
  EACH_ACC(DECLARE_ACC)
  for (uint32_t s = 0, height = 0; s < lanes->num_steps; s++) {
    const struct tile_step *step = &lanes->steps[s];
    uint32_t terms = step->terms;
    if (step->is_new) {
      if (s != 0) {
        EACH_ACC(PUSH)
        height++;
      }
      LOAD_TERMS
      EACH_ACC(FIRST)
      terms--;
    }
    for (; terms != 0; terms--) {
      LOAD_TERMS
      EACH_ACC(NEXT)
    }
    for (uint32_t f = 0; f < step->folds; f++) {
      height--;
      EACH_ACC(FOLD)
    }
  }
  EACH_ACC(OUT)
}

void gemm_row(const float *rows, const float *cols, const struct tile_lanes *lanes, float *out) {
  v128_t stack[4][2];
  const v128_t zero = wasm_f32x4_splat(0.0f);
  v128_t acc0 = zero, acc1 = zero;
  for (uint32_t s = 0, height = 0; s < lanes->num_steps; s++) {
    const struct tile_step *step = &lanes->steps[s];
    if (step->is_new && s != 0) {
      stack[height][0] = acc0;
      stack[height++][1] = acc1;
    }
    for (uint32_t i = 0; i < step->terms; i++, rows += TILE_ROWS, cols += TILE_COLS) {
      v128_t x = wasm_v128_load32_splat(rows), y0 = wasm_f32x4_mul(x, wasm_v128_load(cols)), y1 = wasm_f32x4_mul(x, wasm_v128_load(cols + 4));
      int is_first = i == 0 && step->is_new;
      acc0 = is_first ? y0 : wasm_f32x4_add(acc0, y0);
      acc1 = is_first ? y1 : wasm_f32x4_add(acc1, y1);
    }
    for (uint32_t f = 0; f < step->folds; f++) {
      acc0 = wasm_f32x4_add(stack[--height][0], acc0);
      acc1 = wasm_f32x4_add(stack[height][1], acc1);
    }
  }
  wasm_v128_store(out, wasm_f32x4_add(acc0, zero));
  wasm_v128_store(out + 4, wasm_f32x4_add(acc1, zero));
}

#define PAIR(r, c) acc##r##c = wasm_i32x4_add(acc##r##c, wasm_i32x4_dot_i16x8(x##r, y##c));
#define INTEGER_OUT(r, c) wasm_v128_store(out + r * stride + c * 4, acc##r##c);

// The same of integers: sums of i32 wrap, so that their order is free.
void integer_tile(const int16_t *rows, const int16_t *cols, uint32_t pairs, int32_t *out, uint32_t stride) {
  const v128_t zero = wasm_i32x4_splat(0);
  EACH_ACC(DECLARE_ACC)
  for (uint32_t p = 0; p < pairs; p++, rows += 2 * TILE_ROWS, cols += 2 * TILE_COLS) {
    v128_t y0 = wasm_v128_load(cols), y1 = wasm_v128_load(cols + 8), x0 = wasm_v128_load32_splat(rows), x1 = wasm_v128_load32_splat(rows + 2),
           x2 = wasm_v128_load32_splat(rows + 4), x3 = wasm_v128_load32_splat(rows + 6);
    EACH_ACC(PAIR)
  }
  EACH_ACC(INTEGER_OUT)
}

// `size` in the fewest pieces of at most `most`, all about as large; a multiple of `tile`, as is `most`.
static uint32_t even_block(uint32_t size, uint32_t most, uint32_t tile) {
  uint32_t pieces = (size + most - 1) / most;
  return round_up((size + pieces - 1) / pieces, tile);
}

// Fewer parts than these are made more, as long as each has so many multiply-adds. Parts of more than MAX_PART_COST, a fifth of a
// millisecond, keep the threads waiting for each other at the end: they get fewer columns, which costs no other work.
enum { WANTED_PARTS = 16, MIN_PART_COST = 1 << 17, MAX_PART_COST = 1 << 21, MIN_PART_COLS = 64 };

int gemm_blocks(uint32_t rows, uint32_t cols, uint32_t depth, uint32_t *block_rows, uint32_t *block_cols) {
  *block_rows = even_block(rows, BLOCK_ROWS, TILE_ROWS);
  *block_cols = even_block(cols, min_u32(ACC_FLOATS / *block_rows / TILE_COLS * TILE_COLS, STRIP), TILE_COLS);
  while (gemm_parts(rows, cols, *block_rows, *block_cols) < WANTED_PARTS && (uint64_t)*block_rows * *block_cols * depth >= 2 * MIN_PART_COST) {
    if (*block_cols > 4 * TILE_COLS) *block_cols = round_up(*block_cols / 2, TILE_COLS);
    else if (*block_rows > 4 * TILE_ROWS) *block_rows = round_up(*block_rows / 2, TILE_ROWS);
    else break;
  }
  while (*block_cols > MIN_PART_COLS && (uint64_t)*block_rows * *block_cols * depth > MAX_PART_COST) *block_cols = round_up(*block_cols / 2, TILE_COLS);
  while ((uint64_t)(*block_rows + TILE_COLS) * depth > PANEL_FLOATS) {
    if (*block_rows == TILE_ROWS) return 0;
    *block_rows = round_up(*block_rows / 2, TILE_ROWS);
  }
  return 1;
}

// The results of a part, one row of the output after the other, through the epilogue.
static void finish(const struct gemm *gemm, float *acc, uint32_t row, uint32_t num_rows, uint32_t col, uint32_t num_cols, struct strip *strip) {
  uint32_t first = gemm->out_first + row * gemm->cols + col;
  if (num_cols == gemm->cols && num_cols <= STRIP / 4) { // whole rows follow each other in the output: as many as fit in a strip
    uint32_t count = num_rows * num_cols;
    if (num_cols != gemm->block_cols)
      for (uint32_t r = 1; r < num_rows; r++) __builtin_memmove(acc + r * num_cols, acc + r * gemm->block_cols, num_cols * sizeof(float));
    for (uint32_t e = 0; e < count; e += STRIP) strip_run(strip, first + e, min_u32(count - e, STRIP), acc + e);
    return;
  }
  for (uint32_t r = 0; r < num_rows; r++, first += gemm->cols) strip_run(strip, first, num_cols, acc + r * gemm->block_cols);
}

void gemm_part(const struct gemm *gemm, uint32_t part, struct strip *strip, struct scratch *scratch) {
  uint32_t col_blocks = (gemm->cols + gemm->block_cols - 1) / gemm->block_cols, depth = gemm->depth;
  uint32_t row = part / col_blocks * gemm->block_rows, col = part % col_blocks * gemm->block_cols;
  uint32_t num_rows = min_u32(gemm->rows - row, gemm->block_rows), num_cols = min_u32(gemm->cols - col, gemm->block_cols);
  const float *rows = gemm->packed_rows + row * depth;
  float *panel = scratch->panels, *acc = scratch->acc; // a panel of columns, then those of rows
  if (gemm->packed_rows == 0) {
    float *packed = panel + TILE_COLS * depth;
    gemm->pack_rows(gemm, packed, row, num_rows);
    rows = packed;
  }
  uint32_t counts[NUM_LANES];
  depth_counts(depth, counts);
  struct tile_lanes lanes = tile_lanes(counts);
  for (uint32_t c = 0; c < num_cols; c += TILE_COLS) {
    const float *cols = gemm->packed_cols + (col + c) * depth;
    if (gemm->packed_cols == 0) {
      gemm->pack_cols(gemm, panel, col + c, min_u32(num_cols - c, TILE_COLS));
      cols = panel;
    }
    for (uint32_t r = 0; r < num_rows; r += TILE_ROWS) {
      float *out = acc + r * gemm->block_cols + c;
      if (gemm->is_integer) integer_tile((const int16_t *)(rows + r * depth), (const int16_t *)cols, depth, (int32_t *)out, gemm->block_cols);
      else gemm_tile(rows + r * depth, cols, &lanes, out, gemm->block_cols);
    }
  }
  finish(gemm, acc, row, num_rows, col, num_cols, strip);
}
