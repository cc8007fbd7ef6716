// Conv with one input and one output channel a group, in two dimensions: each output row is a few shifted copies of input rows times
// the taps. Rows are first copied with their padding, one copy for each remainder of the column by the stride, so that the taps of
// four neighbouring outputs are always neighbours.
#include <wasm_simd128.h>

#include "engine.h"

enum { MAX_TAPS = 64, BAND_FLOATS = 16 * STRIP /* results that go through the epilogue at once */ };

struct depthwise {
  const ProgramNode *node;
  uint32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
  uint32_t length;    // floats of a row's copy for one remainder
  uint32_t band_rows; // output rows of a part
};

static struct depthwise depthwise_of(const ProgramNode *node) {
  const uint32_t *a = node->operand[0].dims, *b = node->operand[1].dims, *attributes = node->attributes;
  struct depthwise s = {
      .node = node, .in_h = a[4], .in_w = a[5], .out_h = node->dims[4], .out_w = node->dims[5], .kernel_h = b[4], .kernel_w = b[5],
      .stride_h = attributes[ATTRIBUTE_CONV_STRIDE_H], .stride_w = attributes[ATTRIBUTE_CONV_STRIDE_W],
      .dilation_h = attributes[ATTRIBUTE_CONV_DILATION_H], .dilation_w = attributes[ATTRIBUTE_CONV_DILATION_W],
      .pad_h = attributes[ATTRIBUTE_CONV_PAD_H], .pad_w = attributes[ATTRIBUTE_CONV_PAD_W],
  };
  s.length = round_up(s.out_w + (s.kernel_w - 1) * s.dilation_w / s.stride_w + 4, 4);
  return s;
}

static uint64_t band_floats(const struct depthwise *s, uint32_t rows) {
  return ((uint64_t)(rows - 1) * s->stride_h + (s->kernel_h - 1) * s->dilation_h + 1) * s->stride_w * s->length;
}

// The input row `y` (outside: zeros) as stride_w copies: copy f holds the padded columns f, f + stride, ...
static void copy_row(const struct depthwise *s, const float *plane, uint32_t y, float *copy) {
  uint32_t total = s->stride_w * s->length;
  const float *row = plane + y * s->in_w;
  if (y >= s->in_h) {
    for (uint32_t i = 0; i < total; i += 4) wasm_v128_store(copy + i, wasm_f32x4_splat(0.0f));
    return;
  }
  for (uint32_t f = 0; f < s->stride_w; f++)
    for (uint32_t i = 0; i < s->length; i++) {
      uint32_t x = f + i * s->stride_w - s->pad_w;
      *copy++ = x < s->in_w ? row[x] : 0.0f;
    }
}

// Taps of 4 outputs, lanes by tap number; loops of known length unroll.
static inline __attribute__((always_inline)) v128_t four_outputs(const float *const *taps, const float *weights, uint32_t num_taps, uint32_t x) {
  v128_t lane[NUM_LANES];
  uint32_t used = num_taps < NUM_LANES ? num_taps : NUM_LANES;
  for (uint32_t i = 0; i < num_taps; i++) {
    v128_t product = wasm_f32x4_mul(wasm_v128_load(taps[i] + x), wasm_v128_load32_splat(weights + i));
    if (i < NUM_LANES) lane[i] = product; // a first -0 in place of +0 ends in the +0 added below
    else lane[i % NUM_LANES] = wasm_f32x4_add(lane[i % NUM_LANES], product);
  }
  for (uint32_t width = NUM_LANES / 2; width > 0; width /= 2)
    for (uint32_t j = 0; j < width; j++)
      if (j + width < used) lane[j] = wasm_f32x4_add(lane[j], lane[j + width]);
  return wasm_f32x4_add(lane[0], wasm_f32x4_splat(0.0f));
}

static void row_3x3(const float *const *taps, const float *weights, uint32_t count, float *out) {
  for (uint32_t x = 0; x < count; x += 4) wasm_v128_store(out + x, four_outputs(taps, weights, 9, x));
}

static void row_5x5(const float *const *taps, const float *weights, uint32_t count, float *out) {
  for (uint32_t x = 0; x < count; x += 4) wasm_v128_store(out + x, four_outputs(taps, weights, 25, x));
}

static void row_any(const float *const *taps, const float *weights, uint32_t num_taps, uint32_t count, float *out) {
  for (uint32_t x = 0; x < count; x += 4) wasm_v128_store(out + x, four_outputs(taps, weights, num_taps, x));
}

static void output_row(const struct depthwise *s, const float *copies, const float *weights, float *out) {
  const float *taps[MAX_TAPS];
  uint32_t num_taps = 0;
  for (uint32_t kh = 0; kh < s->kernel_h; kh++)
    for (uint32_t kw = 0; kw < s->kernel_w; kw++) {
      uint32_t column = kw * s->dilation_w;
      taps[num_taps++] = copies + (kh * s->dilation_h * s->stride_w + column % s->stride_w) * s->length + column / s->stride_w;
    }
  if (num_taps == 9) row_3x3(taps, weights, s->out_w, out);
  else if (num_taps == 25) row_5x5(taps, weights, s->out_w, out);
  else row_any(taps, weights, num_taps, s->out_w, out);
}

static void run_depthwise(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct depthwise s = depthwise_of(command->node);
  s.band_rows = command->shape[0];
  uint32_t bands = (s.out_h + s.band_rows - 1) / s.band_rows, groups = command->node->dims[1], row_floats = s.stride_w * s.length;
  struct strip strip;
  strip_begin(&strip, command, 0, command->node->num_micro_ops, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t plane = i / bands, row = i % bands * s.band_rows, rows = min_u32(s.out_h - row, s.band_rows);
    const float *input = (const float *)command->operand[0] + plane * s.in_h * s.in_w;
    const float *weights = (const float *)command->operand[1] + plane % groups * s.kernel_h * s.kernel_w;
    uint32_t num_copies = (rows - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1;
    for (uint32_t y = 0; y < num_copies; y++) copy_row(&s, input, row * s.stride_h + y - s.pad_h, scratch->panels + y * row_floats);
    uint32_t done = (plane * s.out_h + row) * s.out_w, filled = 0;
    for (uint32_t r = 0; r < rows; r++) {
      output_row(&s, scratch->panels + r * s.stride_h * row_floats, weights, scratch->acc + filled);
      filled += s.out_w;
      if (r + 1 < rows && filled + s.out_w + 4 <= BAND_FLOATS) continue;
      for (uint32_t e = 0; e < filled; e += STRIP) strip_run(&strip, done + e, min_u32(filled - e, STRIP), scratch->acc + e);
      done += filled;
      filled = 0;
    }
  }
}

int prepare_depthwise(struct command *command) {
  const ProgramNode *node = command->node;
  const uint32_t *a = node->operand[0].dims, *b = node->operand[1].dims;
  if (b[2] != 1 || node->dims[2] != 1 || a[3] != 1 || b[3] != 1 || node->dims[3] != 1 || b[4] * b[5] > MAX_TAPS) return 0;
  for (uint32_t i = 0; i <= ATTRIBUTE_CONV_PAD_W; i++)
    if (node->attributes[i] > 65536) return 0; // so that no product below passes 32 bits
  if (node->attributes[ATTRIBUTE_CONV_PAD_D] != 0 || node->dtype[1] != DTYPE_F32 || node->dtype[2] != DTYPE_F32) return 0;
  struct depthwise s = depthwise_of(node);
  if (s.out_w + 4 > BAND_FLOATS || s.stride_w > 8 || s.stride_h > 8 || band_floats(&s, 1) > PANEL_FLOATS) return 0;
  uint32_t rows = 1;
  while (rows < s.out_h && band_floats(&s, rows + 1) <= PANEL_FLOATS) rows++;
  command->shape[0] = rows;
  command->kernel = run_depthwise;
  command->num_parts = node->dims[0] * node->dims[1] * ((s.out_h + rows - 1) / rows);
  command->part_cost = rows * s.out_w * b[4] * b[5];
  return 1;
}
