// MatMulInteger of 8-bit tensors, or of i16 without zero points, over pairs of i16 terms: few rows against a constant by dot products, more by tiles.
#include <wasm_simd128.h>

#include "mat_mul.h"

_Static_assert((int)ATTRIBUTE_MAT_MUL_INTEGER_STRIDE_B == (int)ATTRIBUTE_MAT_MUL_STRIDE_B, "one order of attributes");

enum { DOT_PART = 64, DOT_TERMS = 8 };

// command->shape: what is packed
enum { SHAPE_PACKED, PACKED_NOTHING = 0, PACKED_ROWS, PACKED_COLS, PACKED_DOT };

static int32_t zero_of(const ProgramNode *node, const struct side *side) {
  return (int32_t)node->attributes[ATTRIBUTE_MAT_MUL_INTEGER_ZERO_A + side->operand];
}

static inline int32_t term_of(const struct side *side, const void *data, int64_t index, int32_t zero) {
  return pair_term(side->dtype, data, index) - zero;
}

static uint32_t depth_words(const struct product *p) { return round_up(p->depth, 2) / 2; }

// ---- tiles

struct source {
  const struct command *command;
  struct product product;
  uint32_t batch;
};

static void pack_panels(const struct source *source, const struct side *side, uint32_t first, uint32_t count, uint32_t width, int16_t *panels) {
  const struct product *p = &source->product;
  const void *data = source->command->operand[side->operand];
  int32_t zero = zero_of(source->command->node, side);
  int64_t start = batch_start(source->command, p, side, source->batch) + (int64_t)first * side->step;
  for (uint32_t j = 0; j < count; j += width, panels += 2 * width * depth_words(p))
    for (uint32_t i = 0; i < 2 * depth_words(p); i++) {
      int64_t index = start + (int64_t)j * side->step + (int64_t)i * side->depth_stride;
      for (uint32_t e = 0; e < width; e++, index += side->step)
        put_term(panels, width, i, e, i < p->depth && j + e < count ? term_of(side, data, index, zero) : 0);
    }
}

static void pack_rows(const struct gemm *gemm, float *panels, uint32_t first, uint32_t count) {
  const struct source *source = gemm->source;
  pack_panels(source, &source->product.row_side, first, count, TILE_ROWS, (int16_t *)panels);
}

static void pack_cols(const struct gemm *gemm, float *panel, uint32_t first, uint32_t count) {
  const struct source *source = gemm->source;
  pack_panels(source, &source->product.col_side, first, count, TILE_COLS, (int16_t *)panel);
}

static void pack_tiles(struct command *command) {
  struct source source = {.command = command, .product = product_of(command->node)};
  const struct product *p = &source.product;
  if (command->shape[SHAPE_PACKED] == PACKED_ROWS) pack_panels(&source, &p->row_side, 0, p->rows, TILE_ROWS, command->packed);
  else pack_panels(&source, &p->col_side, 0, p->cols, TILE_COLS, command->packed);
}

static void run_tiles(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct source source = {.command = command, .product = product_of(command->node)};
  const struct product *p = &source.product;
  struct gemm gemm = {.rows = p->rows, .cols = p->cols, .depth = depth_words(p), .is_integer = 1, .pack_rows = pack_rows, .pack_cols = pack_cols, .source = &source};
  gemm_blocks(gemm.rows, gemm.cols, gemm.depth, &gemm.block_rows, &gemm.block_cols);
  if (command->shape[SHAPE_PACKED] == PACKED_ROWS) gemm.packed_rows = command->packed;
  if (command->shape[SHAPE_PACKED] == PACKED_COLS) gemm.packed_cols = command->packed;
  uint32_t parts = gemm_parts(gemm.rows, gemm.cols, gemm.block_rows, gemm.block_cols);
  struct strip *strip = strip_begin(command, 0, CLASS_I32, scratch);
  for (uint32_t i = first; i < last; i++) {
    source.batch = i / parts;
    gemm.out_first = source.batch * p->rows * p->cols;
    gemm_part(&gemm, i % parts, strip, scratch);
  }
}

// ---- dot products

static int32_t dot(const int16_t *x, const int16_t *y, uint32_t depth) {
  v128_t sum = wasm_i32x4_splat(0);
  for (uint32_t i = 0; i < depth; i += DOT_TERMS) sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_v128_load(x + i), wasm_v128_load(y + i)));
  sum = wasm_i32x4_add(sum, wasm_i32x4_shuffle(sum, sum, 2, 3, 2, 3));
  return (int32_t)((uint32_t)wasm_i32x4_extract_lane(sum, 0) + (uint32_t)wasm_i32x4_extract_lane(sum, 1));
}

static void pack_dot(struct command *command) {
  struct product p = product_of(command->node);
  const struct side *side = &p.col_side;
  uint32_t padded = round_up(p.depth, DOT_TERMS);
  int16_t *y = command->packed;
  int64_t column = batch_start(command, &p, side, 0);
  for (uint32_t c = 0; c < p.cols; c++, column += side->step, y += padded)
    for (uint32_t i = 0; i < padded; i++)
      y[i] = i < p.depth ? (int16_t)term_of(side, command->operand[side->operand], column + (int64_t)i * side->depth_stride, zero_of(command->node, side)) : 0;
}

// A part is a row of a batch and up to DOT_PART columns.
static void run_dots(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct product p = product_of(command->node);
  const struct side *side = &p.row_side;
  uint32_t padded = round_up(p.depth, DOT_TERMS), col_parts = (p.cols + DOT_PART - 1) / DOT_PART, row = UINT32_MAX;
  int32_t zero = zero_of(command->node, side), *acc = (int32_t *)scratch->acc;
  int16_t *x = (int16_t *)scratch->panels;
  struct strip *strip = strip_begin(command, 0, CLASS_I32, scratch);
  for (uint32_t i = first; i < last; i++) {
    if (row != i / col_parts) {
      row = i / col_parts;
      int64_t index = batch_start(command, &p, side, row / p.rows) + (int64_t)(row % p.rows) * side->step;
      for (uint32_t t = 0; t < padded; t++, index += side->depth_stride) x[t] = t < p.depth ? (int16_t)term_of(side, command->operand[side->operand], index, zero) : 0;
    }
    uint32_t col = i % col_parts * DOT_PART, count = min_u32(p.cols - col, DOT_PART);
    const int16_t *y = (const int16_t *)command->packed + (uint64_t)col * padded;
    for (uint32_t c = 0; c < count; c++, y += padded) acc[c] = dot(x, y, padded);
    strip_run(strip, row * p.cols + col, count, acc);
  }
}

int prepare_mat_mul_integer(struct command *command) {
  const ProgramNode *node = command->node;
  const uint32_t *attributes = node->attributes;
  struct product p = product_of(node);
  if (p.depth == 0 || node_elements(node) == 0 || attributes[ATTRIBUTE_MAT_MUL_INTEGER_ACCUMULATOR] != 0) return 0;
  if (!is_pair_product(node, (int32_t)attributes[ATTRIBUTE_MAT_MUL_INTEGER_ZERO_A], (int32_t)attributes[ATTRIBUTE_MAT_MUL_INTEGER_ZERO_B])) return 0;
  uint32_t padded = round_up(p.depth, DOT_TERMS), words = depth_words(&p), block_rows, block_cols;
  command->shape[SHAPE_PACKED] = PACKED_NOTHING;
  if (can_pack(command, &p, &p.col_side) && p.rows < TILE_ROWS && padded <= PANEL_FLOATS) {
    command->shape[SHAPE_PACKED] = PACKED_DOT;
    if (!ask_packed(command, (uint64_t)p.cols * padded * 2, p.col_side.operand, pack_dot)) return 0;
    command->kernel = run_dots;
    command->num_parts = p.num_batches * p.rows * ((p.cols + DOT_PART - 1) / DOT_PART);
    command->part_cost = min_u32(p.cols, DOT_PART) * padded / 2;
    return 1;
  }
  if (!gemm_blocks(p.rows, p.cols, words, &block_rows, &block_cols)) return 0;
  int packs_cols = can_pack(command, &p, &p.col_side);
  if (packs_cols || can_pack(command, &p, &p.row_side)) {
    command->shape[SHAPE_PACKED] = packs_cols ? PACKED_COLS : PACKED_ROWS;
    uint64_t wide = packs_cols ? round_up(p.cols, TILE_COLS) : round_up(p.rows, TILE_ROWS);
    if (!ask_packed(command, wide * words * 4, packs_cols ? p.col_side.operand : p.row_side.operand, pack_tiles)) return 0;
  }
  command->kernel = run_tiles;
  command->num_parts = p.num_batches * gemm_parts(p.rows, p.cols, block_rows, block_cols);
  command->part_cost = block_rows * block_cols * words;
  return 1;
}
