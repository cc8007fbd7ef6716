// ConvInteger of 8-bit tensors by filters of 3 × 3 at stride 1, four outputs at a time from 16 products instead of 36 (Winograd, F(2×2, 3×3)):
// with d the 4 × 4 inputs of a tile and g a filter, 4 y = Aᵀ [Σ over channels (G g Gᵀ) ∘ (Bᵀ d B)] A, where
//   Bᵀ = 1  0 -1  0    G = 2  0  0    Aᵀ = 1  1  1  0
//        0  1  1  0        1  1  1         0  1 -1 -1
//        0 -1  1  0        1 -1  1
//        0  1  0 -1        0  0  2
// Integer sums are exact in any order (spec/01), so that the bits are those of the plain sum. G is twice the usual one, to have whole numbers.
// @see Lavin and Gray, arXiv:1509.09308, section 4.1
#include <wasm_simd128.h>

#include "conv.h"

enum { PLACES = 16 /* of a tile */, PANEL_OUTPUTS = 2 * TILE_COLS, LINE_MORE = 8 /* terms of a line beyond those of its outputs */, MIN_ROWS = 8 };

struct winograd {
  struct convolution shape;
  int32_t zero_a, zero_b;
  uint32_t words;                // pairs of channels
  uint32_t rows;                 // output channels in whole tiles
  uint32_t panels, num_blocks;   // of 8 tiles, in a part; parts of a row of tiles
  uint32_t line_terms;           // of a copied input row
};

static uint32_t row_panels(const struct convolution *c) { return (c->out[5] + PANEL_OUTPUTS - 1) / PANEL_OUTPUTS; }

static uint32_t scratch_words(const struct winograd *w) {
  return 2 * w->words * 4 * w->line_terms / 2 + PLACES * TILE_COLS * (w->words + w->rows);
}

// 0 if not even parts of one panel fit the scratch.
static int winograd_of(const ProgramNode *node, struct winograd *w) {
  struct convolution c = convolution_of(node);
  *w = (struct winograd){.shape = c, .words = (c.channels + 1) / 2, .rows = round_up(c.out[2], TILE_ROWS)};
  w->zero_a = (int32_t)node->attributes[ATTRIBUTE_CONV_INTEGER_ZERO_A];
  w->zero_b = (int32_t)node->attributes[ATTRIBUTE_CONV_INTEGER_ZERO_B];
  uint32_t all = row_panels(&c);
  for (w->num_blocks = 1; w->num_blocks <= all; w->num_blocks++) {
    w->panels = (all + w->num_blocks - 1) / w->num_blocks;
    w->line_terms = w->panels * PANEL_OUTPUTS + LINE_MORE;
    if (c.out[2] * 2 * w->panels * PANEL_OUTPUTS <= ACC_FLOATS && scratch_words(w) <= PANEL_FLOATS) {
      w->num_blocks = (all + w->panels - 1) / w->panels;
      return 1;
    }
  }
  return 0;
}

static uint32_t group_words(const struct winograd *w) { return PLACES * w->rows * w->words; }

// ---- filters

// (x0, x1, x2) by Gᵀ
static void spread_three(const int32_t *x, uint32_t step, int32_t *y, uint32_t y_step) {
  y[0] = 2 * x[0];
  y[y_step] = x[0] + x[step] + x[2 * step];
  y[2 * y_step] = x[0] - x[step] + x[2 * step];
  y[3 * y_step] = 2 * x[2 * step];
}

static void spread_filter(const int32_t filter[9], int32_t spread[PLACES]) {
  int32_t columns[12]; // [4][3]
  for (uint32_t x = 0; x < 3; x++) spread_three(filter + x, 3, columns + x, 3);
  for (uint32_t y = 0; y < 4; y++) spread_three(columns + 3 * y, 1, spread + 4 * y, 1);
}

// packed: [groups][places], each panels of rows as gemm.h has them
static void pack_spread(struct command *command) {
  struct winograd w;
  winograd_of(command->node, &w);
  const struct convolution *c = &w.shape;
  uint32_t place_terms = 2 * w.rows * w.words;
  int16_t *packed = command->packed;
  __builtin_memset(packed, 0, (uint64_t)c->out[1] * group_words(&w) * 4);
  for (uint32_t g = 0; g < c->out[1]; g++, packed += 2 * group_words(&w))
    for (uint32_t r = 0; r < c->out[2]; r++)
      for (uint32_t i = 0; i < c->channels; i++) {
        int32_t filter[9], spread[PLACES];
        uint32_t start = ((g * c->out[2] + r) * c->channels + i) * 9;
        for (uint32_t t = 0; t < 9; t++) filter[t] = pair_term(c->node->dtype[2], command->operand[1], start + t) - w.zero_b;
        spread_filter(filter, spread);
        int16_t *panel = packed + r / TILE_ROWS * TILE_ROWS * 2 * w.words;
        for (uint32_t p = 0; p < PLACES; p++) put_term(panel + p * place_terms, TILE_ROWS, i, r % TILE_ROWS, spread[p]);
      }
}

// ---- inputs

// Terms x ... x + count - 1 of row y less the zero point; outside of the plane, where x or y wraps around, 0.
static void copy_line(const struct winograd *w, const uint8_t *plane, uint32_t y, uint32_t x, uint32_t count, int16_t *line) {
  uint32_t height = w->shape.a[4], width = w->shape.a[5], dtype = w->shape.node->dtype[1], i = 0;
  const v128_t zero = wasm_i16x8_splat((int16_t)w->zero_a);
  if (y >= height) {
    __builtin_memset(line, 0, count * 2);
    return;
  }
  const uint8_t *row = plane + y * width;
  for (; i < count && x + i >= width; i++) line[i] = 0;
  uint32_t end = x + i < width ? min_u32(count, width - x) : i;
  for (; i + 8 <= end; i += 8) wasm_v128_store(line + i, wasm_i16x8_sub(load_terms(dtype, row, x + i), zero));
  for (; i < end; i++) line[i] = (int16_t)(pair_term(dtype, row, x + i) - w->zero_a);
  for (; i < count; i++) line[i] = 0;
}

// The inputs of 8 tiles side by side in one channel, whose four lines follow each other: spread[place] = 8 terms of Bᵀ d B.
static inline void spread_inputs(const int16_t *lines, uint32_t line_terms, v128_t spread[PLACES]) {
  v128_t t[4][4];
  for (uint32_t r = 0; r < 4; r++, lines += line_terms) {
    v128_t a = wasm_v128_load(lines), b = wasm_v128_load(lines + 8), c = wasm_v128_load(lines + 2), d = wasm_v128_load(lines + 10);
    v128_t x0 = wasm_i16x8_shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14), x1 = wasm_i16x8_shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
    v128_t x2 = wasm_i16x8_shuffle(c, d, 0, 2, 4, 6, 8, 10, 12, 14), x3 = wasm_i16x8_shuffle(c, d, 1, 3, 5, 7, 9, 11, 13, 15);
    t[r][0] = wasm_i16x8_sub(x0, x2);
    t[r][1] = wasm_i16x8_add(x1, x2);
    t[r][2] = wasm_i16x8_sub(x2, x1);
    t[r][3] = wasm_i16x8_sub(x1, x3);
  }
  for (uint32_t j = 0; j < 4; j++) {
    spread[j] = wasm_i16x8_sub(t[0][j], t[2][j]);
    spread[4 + j] = wasm_i16x8_add(t[1][j], t[2][j]);
    spread[8 + j] = wasm_i16x8_sub(t[2][j], t[1][j]);
    spread[12 + j] = wasm_i16x8_sub(t[1][j], t[3][j]);
  }
}

// cols: [places], each a panel of columns as gemm.h has them; lines: [channels, rounded up to pairs][4] from the panel's first on
static void pack_panel(const struct winograd *w, const int16_t *lines, int16_t *cols) {
  for (uint32_t i = 0; i < w->words; i++, lines += 8 * w->line_terms, cols += 2 * TILE_COLS) {
    v128_t even[PLACES], odd[PLACES];
    spread_inputs(lines, w->line_terms, even);
    spread_inputs(lines + 4 * w->line_terms, w->line_terms, odd);
    for (uint32_t p = 0; p < PLACES; p++) {
      int16_t *to = cols + p * 2 * TILE_COLS * w->words;
      wasm_v128_store(to, wasm_i16x8_shuffle(even[p], odd[p], 0, 8, 1, 9, 2, 10, 3, 11));
      wasm_v128_store(to + 8, wasm_i16x8_shuffle(even[p], odd[p], 4, 12, 5, 13, 6, 14, 7, 15));
    }
  }
}

// ---- outputs

static inline v128_t sum_first(v128_t a, v128_t b, v128_t c) { return wasm_i32x4_add(wasm_i32x4_add(a, b), c); }
static inline v128_t sum_last(v128_t b, v128_t c, v128_t d) { return wasm_i32x4_sub(wasm_i32x4_sub(b, c), d); }

// Four tiles of products, `step` apart from place to place: 8 outputs of the upper row and of the lower one.
static inline void join_tiles(const int32_t *products, uint32_t step, int32_t *upper, int32_t *lower) {
  v128_t s[2][4];
  for (uint32_t j = 0; j < 4; j++) {
    v128_t m0 = wasm_v128_load(products + j * step), m1 = wasm_v128_load(products + (4 + j) * step);
    v128_t m2 = wasm_v128_load(products + (8 + j) * step), m3 = wasm_v128_load(products + (12 + j) * step);
    s[0][j] = sum_first(m0, m1, m2);
    s[1][j] = sum_last(m1, m2, m3);
  }
  for (uint32_t i = 0; i < 2; i++) {
    v128_t left = wasm_i32x4_shr(sum_first(s[i][0], s[i][1], s[i][2]), 2), right = wasm_i32x4_shr(sum_last(s[i][1], s[i][2], s[i][3]), 2);
    int32_t *out = i == 0 ? upper : lower;
    wasm_v128_store(out, wasm_i32x4_shuffle(left, right, 0, 4, 1, 5));
    wasm_v128_store(out + 4, wasm_i32x4_shuffle(left, right, 2, 6, 3, 7));
  }
}

// `count` outputs of both rows of each channel, acc being [channels][2][stride]
static void join_panel(const struct winograd *w, const int32_t *products, int32_t *acc, uint32_t stride, uint32_t count) {
  uint32_t step = w->rows * TILE_COLS;
  int32_t last[2 * PANEL_OUTPUTS];
  for (uint32_t r = 0; r < w->shape.out[2]; r++, products += TILE_COLS, acc += 2 * stride) {
    int is_whole = count == PANEL_OUTPUTS;
    int32_t *upper = is_whole ? acc : last, *lower = is_whole ? acc + stride : last + PANEL_OUTPUTS;
    for (uint32_t half = 0; half < 2; half++) join_tiles(products + 4 * half, step, upper + 8 * half, lower + 8 * half);
    if (is_whole) continue;
    __builtin_memcpy(acc, upper, count * 4);
    __builtin_memcpy(acc + stride, lower, count * 4);
  }
}

// ---- parts

// Columns x ... x + count - 1 of two output rows of all channels of a group, through the epilogue.
static void finish(const struct winograd *w, const int32_t *acc, uint32_t first, uint32_t y, uint32_t x, uint32_t count, struct strip *strip) {
  const uint32_t *out = w->shape.out;
  uint32_t rows = min_u32(2, out[4] - y);
  for (uint32_t r = 0; r < out[2]; r++, acc += 2 * count) {
    uint32_t start = first + (r * out[4] + y) * out[5] + x;
    if (count == out[5]) { // the rows follow each other in the output
      for (uint32_t e = 0; e < rows * count; e += STRIP) strip_run(strip, start + e, min_u32(rows * count - e, STRIP), acc + e);
      continue;
    }
    for (uint32_t i = 0; i < rows; i++)
      for (uint32_t e = 0; e < count; e += STRIP) strip_run(strip, start + i * out[5] + e, min_u32(count - e, STRIP), acc + i * count + e);
  }
}

// A row of tiles, or a part of one, of an image and group.
static void run_part(const struct winograd *w, const struct command *command, uint32_t part, struct strip *strip, struct scratch *scratch) {
  const struct convolution *c = &w->shape;
  uint32_t block = part % w->num_blocks, tile_rows = (c->out[4] + 1) / 2, y = part / w->num_blocks % tile_rows * 2, batch = part / w->num_blocks / tile_rows;
  uint32_t x = block * w->panels * PANEL_OUTPUTS, count = min_u32(w->panels * PANEL_OUTPUTS, c->out[5] - x), group = batch % c->out[1];
  const uint8_t *plane = (const uint8_t *)command->operand[0] + (batch / c->out[1] * c->a[2] + group * c->channels) * c->plane;
  const int16_t *filters = (const int16_t *)command->packed + 2 * group * group_words(w);
  int32_t *acc = (int32_t *)scratch->acc, *products = (int32_t *)scratch->panels;
  int16_t *cols = (int16_t *)(products + PLACES * TILE_COLS * w->rows), *lines = cols + PLACES * TILE_COLS * 2 * w->words, *line = lines;
  for (uint32_t i = 0; i < 2 * w->words; i++, plane += c->plane)
    for (uint32_t r = 0; r < 4; r++, line += w->line_terms) {
      uint32_t row = i < c->channels ? y + r - c->attributes[ATTRIBUTE_CONV_PAD_H] : UINT32_MAX;
      copy_line(w, plane, row, x - c->attributes[ATTRIBUTE_CONV_PAD_W], w->line_terms, line);
    }
  for (uint32_t p = 0; p * PANEL_OUTPUTS < count; p++) {
    pack_panel(w, lines + p * PANEL_OUTPUTS, cols);
    for (uint32_t place = 0; place < PLACES; place++)
      for (uint32_t r = 0; r < w->rows; r += TILE_ROWS)
        integer_tile(filters + 2 * (place * w->rows + r) * w->words, cols + place * TILE_COLS * 2 * w->words, w->words, products + (place * w->rows + r) * TILE_COLS, TILE_COLS);
    join_panel(w, products, acc + p * PANEL_OUTPUTS, count, min_u32(PANEL_OUTPUTS, count - p * PANEL_OUTPUTS));
  }
  finish(w, acc, batch * c->out[2] * c->pixels, y, x, count, strip);
}

static void run_winograd(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct winograd w;
  winograd_of(command->node, &w);
  struct strip *strip = strip_begin(command, 0, CLASS_I32, scratch);
  for (uint32_t i = first; i < last; i++) run_part(&w, command, i, strip, scratch);
}

// Greatest magnitude of an integer of 8 bits less a zero point.
static uint64_t greatest_term(uint32_t dtype, int32_t zero) {
  int32_t low = (dtype == DTYPE_I8 ? -128 : 0) - zero, high = (dtype == DTYPE_I8 ? 127 : 255) - zero;
  return (uint64_t)(-low > high ? -low : high);
}

int prepare_winograd_integer(struct command *command) {
  const ProgramNode *node = command->node;
  const uint32_t *a = node->operand[0].dims, *b = node->operand[1].dims, *attributes = node->attributes, *out = node->dims;
  if (b[3] != 1 || b[4] != 3 || b[5] != 3 || a[3] != 1 || out[3] != 1 || attributes[ATTRIBUTE_CONV_INTEGER_PAD_D] != 0) return 0;
  if (attributes[ATTRIBUTE_CONV_INTEGER_STRIDE_H] != 1 || attributes[ATTRIBUTE_CONV_INTEGER_STRIDE_W] != 1) return 0;
  if (attributes[ATTRIBUTE_CONV_INTEGER_DILATION_H] != 1 || attributes[ATTRIBUTE_CONV_INTEGER_DILATION_W] != 1) return 0;
  if (attributes[ATTRIBUTE_CONV_INTEGER_ACCUMULATOR] != 0 || (command->constants & 2) == 0 || node_elements(node) == 0) return 0;
  if (attributes[ATTRIBUTE_CONV_INTEGER_PAD_H] > 4096 || attributes[ATTRIBUTE_CONV_INTEGER_PAD_W] > 4096) return 0;
  struct winograd w;
  // So few channels that the transformations outweigh the products, or sums of which four times do not fit 32 bits.
  if (b[2] < MIN_ROWS || out[2] < MIN_ROWS || !winograd_of(node, &w) || !is_pair_product(node, w.zero_a, w.zero_b)) return 0;
  if (dtype_bytes(node->dtype[1]) != 1 || dtype_bytes(node->dtype[2]) != 1) return 0;
  if (4 * 9 * b[2] * greatest_term(node->dtype[1], w.zero_a) * greatest_term(node->dtype[2], w.zero_b) > INT32_MAX) return 0;
  // Of tiles beyond the end of a row so many that there is little to save.
  uint64_t tile_rows = (out[4] + 1) / 2, products = tile_rows * row_panels(&w.shape) * TILE_COLS * PLACES;
  if (products * 5 > (uint64_t)out[4] * out[5] * 9 * 4) return 0;
  if (!ask_packed(command, (uint64_t)out[1] * group_words(&w) * 4, 1, pack_spread)) return 0;
  command->kernel = run_winograd;
  command->num_parts = out[0] * out[1] * (uint32_t)tile_rows * w.num_blocks;
  command->part_cost = PLACES * w.rows * w.panels * TILE_COLS * w.words;
  return 1;
}
