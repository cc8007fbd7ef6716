// ConvInteger with one input channel a group, in two dimensions, of 8-bit tensors, or of i16 without a zero point. Neighbouring taps of a
// kernel row make a pair: input rows are first copied as pairs of i16, so that one word holds what an output takes of two taps.
#include <wasm_simd128.h>

#include "gemm.h"

enum {
  MAX_PAIRS = 64, // of a filter
  MAX_CHANNELS = 8, // output channels of a group; more are better off as a product
  BAND_WORDS = 16 * STRIP, // results that go through the epilogue at once
  LINE_TERMS = 2 * 8192 - 32, // terms of a padded input row, in scratch->offsets
};

struct depthwise {
  uint32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
  uint32_t dtype_a, dtype_b;
  int32_t zero_a, zero_b;
  uint32_t pairs;     // of a kernel row, the last one's second tap 0 where the taps are odd
  uint32_t step;      // words from a pair to the next
  uint32_t length;    // words of a row's copy
  uint32_t band_rows; // output rows of a part
};

static struct depthwise depthwise_of(const ProgramNode *node) {
  const uint32_t *a = node->operand[0].dims, *b = node->operand[1].dims, *attributes = node->attributes;
  struct depthwise s = {
      .in_h = a[4], .in_w = a[5], .out_h = node->dims[4], .out_w = node->dims[5], .kernel_h = b[4], .kernel_w = b[5],
      .stride_h = attributes[ATTRIBUTE_CONV_INTEGER_STRIDE_H], .stride_w = attributes[ATTRIBUTE_CONV_INTEGER_STRIDE_W],
      .dilation_h = attributes[ATTRIBUTE_CONV_INTEGER_DILATION_H], .dilation_w = attributes[ATTRIBUTE_CONV_INTEGER_DILATION_W],
      .pad_h = attributes[ATTRIBUTE_CONV_INTEGER_PAD_H], .pad_w = attributes[ATTRIBUTE_CONV_INTEGER_PAD_W],
      .dtype_a = node->dtype[1], .dtype_b = node->dtype[2],
      .zero_a = (int32_t)attributes[ATTRIBUTE_CONV_INTEGER_ZERO_A], .zero_b = (int32_t)attributes[ATTRIBUTE_CONV_INTEGER_ZERO_B],
      .pairs = (b[5] + 1) / 2,
  };
  uint32_t words = round_up(s.out_w, 8);
  // Without dilation all pairs of a row lie in one copy: overlapping ones at stride 1, the row itself at stride 2.
  s.step = s.dilation_w != 1 || s.stride_w > 2 ? words : s.stride_w == 1 ? 2 : 1;
  s.length = s.step == words ? s.pairs * words : words + (s.pairs - 1) * s.step;
  return s;
}

// Input rows that output rows ask for
static uint32_t copied_rows(const struct depthwise *s, uint32_t rows) { return (rows - 1) * s->stride_h + (s->kernel_h - 1) * s->dilation_h + 1; }

static uint64_t band_words(const struct depthwise *s, uint32_t rows) { return (uint64_t)copied_rows(s, rows) * s->length; }

// Terms of a padded row that are read: those under every tap, and what vectors read beyond.
static uint32_t line_terms(const struct depthwise *s) {
  return (round_up(s->out_w, 8) - 1) * s->stride_w + 2 * s->pairs * s->dilation_w + 16;
}

// The padded row `y` (outside: zeros) less the zero point
static void fill_line(const struct depthwise *s, const uint8_t *plane, uint32_t y, int16_t *line) {
  uint32_t terms = line_terms(s), first = min_u32(s->pad_w, terms), count = y < s->in_h ? min_u32(s->in_w, terms - first) : 0, i = 0;
  const uint8_t *row = plane + y * s->in_w * dtype_bytes(s->dtype_a);
  for (uint32_t j = 0; j < first; j++) line[j] = 0;
  for (; i + 8 <= count; i += 8) wasm_v128_store(line + first + i, wasm_i16x8_sub(load_terms(s->dtype_a, row, i), wasm_i16x8_splat((int16_t)s->zero_a)));
  for (; i < count; i++) line[first + i] = (int16_t)(pair_term(s->dtype_a, row, i) - s->zero_a);
  for (uint32_t j = first + count; j < terms; j++) line[j] = 0;
}

// pairs[i] = terms i stride and i stride + distance of the line
static void pair_up(const int16_t *line, uint32_t stride, uint32_t distance, uint32_t count, int32_t *pairs) {
  uint32_t i = 0;
  if (stride == 1)
    for (; i + 8 <= count; i += 8) {
      v128_t x = wasm_v128_load(line + i), z = wasm_v128_load(line + i + distance);
      wasm_v128_store(pairs + i, wasm_i16x8_shuffle(x, z, 0, 8, 1, 9, 2, 10, 3, 11));
      wasm_v128_store(pairs + i + 4, wasm_i16x8_shuffle(x, z, 4, 12, 5, 13, 6, 14, 7, 15));
    }
  for (; i < count; i++) pairs[i] = (int32_t)((uint32_t)(uint16_t)line[i * stride] | (uint32_t)(uint16_t)line[i * stride + distance] << 16);
}

static void copy_row(const struct depthwise *s, const uint8_t *plane, uint32_t y, int32_t *copy, int16_t *line) {
  fill_line(s, plane, y, line);
  if (s->step == 1) __builtin_memcpy(copy, line, s->length * 4);
  else if (s->step == 2) pair_up(line, 1, 1, s->length, copy);
  else
    for (uint32_t p = 0; p < s->pairs; p++) pair_up(line + 2 * p * s->dilation_w, s->stride_w, s->dilation_w, s->step, copy + p * s->step);
}

// A filter as pairs, [kernel_h, pairs]
static void pair_weights(const struct depthwise *s, const void *weights, uint32_t filter, int32_t *pairs) {
  int16_t *terms = (int16_t *)pairs;
  for (uint32_t kh = 0; kh < s->kernel_h; kh++)
    for (uint32_t i = 0; i < 2 * s->pairs; i++)
      *terms++ = i < s->kernel_w ? (int16_t)(pair_term(s->dtype_b, weights, (filter * s->kernel_h + kh) * s->kernel_w + i) - s->zero_b) : 0;
}

static inline __attribute__((always_inline)) void sum_row(const int32_t *const *rows, const int32_t *weights, uint32_t kernel_h, uint32_t pairs, uint32_t step, uint32_t count, int32_t *out) {
  for (uint32_t x = 0; x < count; x += 8) {
    v128_t low = wasm_i32x4_splat(0), high = low;
    for (uint32_t kh = 0; kh < kernel_h; kh++)
      for (uint32_t p = 0; p < pairs; p++) {
        v128_t weight = wasm_v128_load32_splat(weights + kh * pairs + p);
        const int32_t *terms = rows[kh] + p * step + x;
        low = wasm_i32x4_add(low, wasm_i32x4_dot_i16x8(wasm_v128_load(terms), weight));
        high = wasm_i32x4_add(high, wasm_i32x4_dot_i16x8(wasm_v128_load(terms + 4), weight));
      }
    wasm_v128_store(out + x, low);
    wasm_v128_store(out + x + 4, high);
  }
}

static void row_3x3(const int32_t *const *rows, const int32_t *weights, uint32_t step, uint32_t count, int32_t *out) {
  const int32_t *const own[3] = {rows[0], rows[1], rows[2]};
  if (step == 2) sum_row(own, weights, 3, 2, 2, count, out);
  else if (step == 1) sum_row(own, weights, 3, 2, 1, count, out);
  else sum_row(own, weights, 3, 2, step, count, out);
}

static void row_5x5(const int32_t *const *rows, const int32_t *weights, uint32_t step, uint32_t count, int32_t *out) {
  const int32_t *const own[5] = {rows[0], rows[1], rows[2], rows[3], rows[4]};
  if (step == 2) sum_row(own, weights, 5, 3, 2, count, out);
  else if (step == 1) sum_row(own, weights, 5, 3, 1, count, out);
  else sum_row(own, weights, 5, 3, step, count, out);
}

static void output_row(const struct depthwise *s, const int32_t *copies, const int32_t *weights, int32_t *out) {
  const int32_t *rows[MAX_PAIRS];
  for (uint32_t kh = 0; kh < s->kernel_h; kh++) rows[kh] = copies + kh * s->dilation_h * s->length;
  if (s->kernel_h == 3 && s->pairs == 2) row_3x3(rows, weights, s->step, s->out_w, out);
  else if (s->kernel_h == 5 && s->pairs == 3) row_5x5(rows, weights, s->step, s->out_w, out);
  else sum_row(rows, weights, s->kernel_h, s->pairs, s->step, s->out_w, out);
}

// One output channel of a band of rows, whose inputs have been copied.
static void run_band(const struct depthwise *s, const int32_t *weights, uint32_t rows, uint32_t out_first, struct strip *strip, struct scratch *scratch) {
  int32_t *acc = (int32_t *)scratch->acc;
  uint32_t filled = 0;
  for (uint32_t r = 0; r < rows; r++) {
    output_row(s, (const int32_t *)scratch->panels + r * s->stride_h * s->length, weights, acc + filled);
    filled += s->out_w;
    if (r + 1 < rows && filled + s->out_w + 8 <= BAND_WORDS) continue;
    for (uint32_t e = 0; e < filled; e += STRIP) strip_run(strip, out_first + e, min_u32(filled - e, STRIP), acc + e);
    out_first += filled;
    filled = 0;
  }
}

static void run_depthwise_integer(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct depthwise s = depthwise_of(command->node);
  s.band_rows = command->shape[0];
  uint32_t bands = (s.out_h + s.band_rows - 1) / s.band_rows, groups = command->node->dims[1], channels = command->node->dims[2];
  int32_t weights[MAX_PAIRS];
  struct strip *strip = strip_begin(command, 0, CLASS_I32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t plane = i / bands, row = i % bands * s.band_rows, rows = min_u32(s.out_h - row, s.band_rows);
    const uint8_t *input = (const uint8_t *)command->operand[0] + plane * s.in_h * s.in_w * dtype_bytes(s.dtype_a);
    for (uint32_t y = 0; y < copied_rows(&s, rows); y++)
      copy_row(&s, input, row * s.stride_h + y - s.pad_h, (int32_t *)scratch->panels + y * s.length, (int16_t *)scratch->offsets);
    for (uint32_t oc = 0; oc < channels; oc++) {
      pair_weights(&s, command->operand[1], plane % groups * channels + oc, weights);
      run_band(&s, weights, rows, ((plane * channels + oc) * s.out_h + row) * s.out_w, strip, scratch);
    }
  }
}

int prepare_depthwise_integer(struct command *command) {
  const ProgramNode *node = command->node;
  const uint32_t *a = node->operand[0].dims, *b = node->operand[1].dims;
  if (b[2] != 1 || node->dims[2] > MAX_CHANNELS || a[3] != 1 || b[3] != 1 || node->dims[3] != 1 || b[4] > MAX_PAIRS || b[5] > 2 * MAX_PAIRS) return 0;
  for (uint32_t i = 0; i <= ATTRIBUTE_CONV_INTEGER_PAD_W; i++)
    if (node->attributes[i] > 4096) return 0; // so that no product below passes 32 bits
  if (node->attributes[ATTRIBUTE_CONV_INTEGER_PAD_D] != 0 || node->attributes[ATTRIBUTE_CONV_INTEGER_ACCUMULATOR] != 0 || node_elements(node) == 0) return 0;
  struct depthwise s = depthwise_of(node);
  if (!is_pair_product(node, s.zero_a, s.zero_b) || s.kernel_h * s.pairs > MAX_PAIRS || s.out_w + 8 > BAND_WORDS || line_terms(&s) > LINE_TERMS) return 0;
  uint32_t rows = 1;
  if (band_words(&s, 1) > PANEL_FLOATS) return 0;
  while (rows < s.out_h && band_words(&s, rows + 1) <= PANEL_FLOATS) rows++;
  command->shape[0] = rows;
  command->kernel = run_depthwise_integer;
  command->num_parts = node->dims[0] * node->dims[1] * ((s.out_h + rows - 1) / rows);
  command->part_cost = node->dims[2] * rows * s.out_w * s.kernel_h * s.pairs;
  return 1;
}
