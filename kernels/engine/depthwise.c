// Conv with one input channel a group, in two dimensions: each output row is a few shifted copies of input rows times
// the taps. Rows are first copied with their padding, one copy for each remainder of the column by the stride, so that the taps of
// four neighbouring outputs are always neighbours.
#include <wasm_simd128.h>

#include "engine.h"

enum { MAX_TAPS = 64, MAX_CHANNELS = 8 /* output channels of a group; more are better off as a product */, BAND_FLOATS = 16 * STRIP /* results that go through the epilogue at once */ };

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
  s.length = round_up(s.out_w + (s.kernel_w - 1) * s.dilation_w / s.stride_w + 8, 4);
  return s;
}

static uint64_t band_floats(const struct depthwise *s, uint32_t rows) {
  return ((uint64_t)(rows - 1) * s->stride_h + (s->kernel_h - 1) * s->dilation_h + 1) * s->stride_w * s->length;
}

// y[i] = x[i stride], n of them; x may be read up to 16 floats past the last one
static void copy_strided(float *y, const float *x, uint32_t stride, uint32_t n) {
  uint32_t i = 0;
  if (stride == 1)
    for (; i + 4 <= n; i += 4) wasm_v128_store(y + i, wasm_v128_load(x + i));
  else if (stride == 2)
    for (; i + 4 <= n; i += 4) wasm_v128_store(y + i, wasm_i32x4_shuffle(wasm_v128_load(x + 2 * i), wasm_v128_load(x + 2 * i + 4), 0, 2, 4, 6));
  for (; i < n; i++) y[i] = x[i * stride];
}

static void clear(float *y, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) y[i] = 0.0f;
}

// The input row `y` (outside: zeros) as stride_w copies: copy f holds the padded columns f, f + stride, ...
static void copy_row(const struct depthwise *s, const float *plane, uint32_t y, float *copy) {
  const float *row = plane + y * s->in_w;
  for (uint32_t f = 0; f < s->stride_w; f++, copy += s->length) {
    // Columns f + i stride - pad inside the row: from `first` to before `last`.
    uint32_t first = f >= s->pad_w ? 0 : (s->pad_w - f + s->stride_w - 1) / s->stride_w;
    uint32_t end = s->pad_w + s->in_w, last = f >= end ? 0 : (end - f + s->stride_w - 1) / s->stride_w;
    first = min_u32(first, s->length);
    last = min_u32(last, s->length);
    if (y >= s->in_h || last <= first) first = last = s->length;
    clear(copy, first);
    copy_strided(copy + first, row + (first * s->stride_w + f - s->pad_w), s->stride_w, last - first);
    clear(copy + last, s->length - last);
  }
}

// The taps of eight outputs summed by lanes, which are tap numbers modulo 16, and folded so that few sums are open at a time. A first
// -0 in place of +0 ends in the +0 added last.
#define INLINE static inline __attribute__((always_inline))

struct pair {
  v128_t low, high;
};

INLINE struct pair add_pairs(struct pair a, struct pair b) { return (struct pair){wasm_f32x4_add(a.low, b.low), wasm_f32x4_add(a.high, b.high)}; }

// With a width, the taps of a kernel row lie side by side and taps[kh] is the first of each: one address for all of them.
INLINE struct pair product(const float *const *taps, const float *weights, uint32_t width, uint32_t x, uint32_t i) {
  v128_t weight = wasm_v128_load32_splat(weights + i);
  const float *tap = width == 0 ? taps[i] + x : taps[i / width] + x + i % width;
  return (struct pair){wasm_f32x4_mul(wasm_v128_load(tap), weight), wasm_f32x4_mul(wasm_v128_load(tap + 4), weight)};
}

INLINE struct pair lane_sum(const float *const *taps, const float *weights, uint32_t num_taps, uint32_t width, uint32_t x, uint32_t lane) {
  struct pair sum = product(taps, weights, width, x, lane);
  for (uint32_t i = lane + NUM_LANES; i < num_taps; i += NUM_LANES) sum = add_pairs(sum, product(taps, weights, width, x, i));
  return sum;
}

INLINE struct pair sum_8(const float *const *taps, const float *weights, uint32_t num_taps, uint32_t width, uint32_t x, uint32_t lane) {
  struct pair sum = lane_sum(taps, weights, num_taps, width, x, lane);
  return lane + 8 < num_taps ? add_pairs(sum, lane_sum(taps, weights, num_taps, width, x, lane + 8)) : sum;
}

INLINE struct pair sum_4(const float *const *taps, const float *weights, uint32_t num_taps, uint32_t width, uint32_t x, uint32_t lane) {
  struct pair sum = sum_8(taps, weights, num_taps, width, x, lane);
  return lane + 4 < num_taps ? add_pairs(sum, sum_8(taps, weights, num_taps, width, x, lane + 4)) : sum;
}

// Sums of a few taps are set aside in memory: an engine of WebAssembly computes a sum where it is stored, and else all of them behind
// the loads of all taps, for which there are not registers enough.
INLINE void taps_row(const float *const *taps, const float *weights, uint32_t num_taps, uint32_t width, uint32_t count, float *out) {
  const v128_t zero = wasm_f32x4_splat(0.0f);
  uint32_t num_sums = num_taps <= NUM_LANES ? 4 : 8;
  struct pair aside[8], sums[8];
  for (uint32_t x = 0; x < count; x += 8) {
    for (uint32_t l = 0; l < num_sums && l < num_taps; l++)
      aside[l] = num_sums == 4 ? sum_4(taps, weights, num_taps, width, x, l) : sum_8(taps, weights, num_taps, width, x, l);
    __asm__ volatile("" : : "r"(aside) : "memory");
    for (uint32_t l = 0; l < num_sums && l < num_taps; l++) sums[l] = aside[l];
    for (uint32_t distance = num_sums / 2; distance > 0; distance /= 2)
      for (uint32_t l = 0; l < distance && l + distance < num_taps; l++) sums[l] = add_pairs(sums[l], sums[l + distance]);
    wasm_v128_store(out + x, wasm_f32x4_add(sums[0].low, zero));
    wasm_v128_store(out + x + 4, wasm_f32x4_add(sums[0].high, zero));
  }
}

static void row_3x3(const float *const *taps, const float *weights, uint32_t count, float *out) { taps_row(taps, weights, 9, 0, count, out); }
static void row_5x5(const float *const *taps, const float *weights, uint32_t count, float *out) { taps_row(taps, weights, 25, 0, count, out); }

static void row_any(const float *const *taps, const float *weights, uint32_t num_taps, uint32_t count, float *out) {
  taps_row(taps, weights, num_taps, 0, count, out);
}

static void dense_3x3(const float *const *rows, const float *weights, uint32_t count, float *out) {
  const float *taps[3] = {rows[0], rows[1], rows[2]};
  taps_row(taps, weights, 9, 3, count, out);
}

static void dense_5x5(const float *const *rows, const float *weights, uint32_t count, float *out) {
  const float *taps[5] = {rows[0], rows[1], rows[2], rows[3], rows[4]};
  taps_row(taps, weights, 25, 5, count, out);
}

// ---- several channels: inputs are loaded once for all of them

// The first taps of the kernel rows for four outputs of a row, and how many floats further they are for the same four of the next one.
struct kernel_rows {
  const float *first, *second, *third, *fourth, *fifth;
  uint32_t next;
};

enum { MAX_SUMS = 8, ASIDE_BYTES = MAX_SUMS * sizeof(struct pair) };

INLINE struct pair tap_pair(struct kernel_rows rows, uint32_t width, uint32_t i) {
  uint32_t kh = i / width;
  const float *tap = (kh == 0 ? rows.first : kh == 1 ? rows.second : kh == 2 ? rows.third : kh == 3 ? rows.fourth : rows.fifth) + i % width;
  return (struct pair){wasm_v128_load(tap), wasm_v128_load(tap + rows.next)};
}

// Weights are whole vectors: in V8 the address of a load that splats takes an instruction or a register of its own.
INLINE struct pair weighted(uintptr_t weights, uint32_t i, struct pair tap) {
  v128_t weight = wasm_v128_load((const void *)(weights + i * sizeof(v128_t)));
  return (struct pair){wasm_f32x4_mul(tap.low, weight), wasm_f32x4_mul(tap.high, weight)};
}

INLINE struct pair weighted_lane(uintptr_t weights, uint32_t num_taps, uint32_t lane, struct pair tap, struct pair second) {
  struct pair sum = weighted(weights, lane, tap);
  return lane + NUM_LANES < num_taps ? add_pairs(sum, weighted(weights, lane + NUM_LANES, second)) : sum;
}

// Sets aside sum_8 of a lane for each channel; of up to 16 taps sum_4.
INLINE void set_aside(struct kernel_rows rows, uint32_t num_taps, uint32_t width, uint32_t lane, uint32_t channels, uintptr_t weights, uintptr_t aside) {
  int has_eight = lane + 8 < num_taps, has_four = num_taps <= NUM_LANES && lane + 4 < num_taps;
  struct pair a = tap_pair(rows, width, lane), b = a, c = a, d = a, e = a;
  if (lane + 16 < num_taps) b = tap_pair(rows, width, lane + 16);
  if (has_eight) c = tap_pair(rows, width, lane + 8);
  if (lane + 24 < num_taps) d = tap_pair(rows, width, lane + 24);
  if (has_four) e = tap_pair(rows, width, lane + 4);
  aside += lane * sizeof(struct pair);
  for (; channels > 0; channels--) {
    ADDRESS(weights)
    ADDRESS(aside)
    struct pair sum = weighted_lane(weights, num_taps, lane, a, b);
    if (has_eight) sum = add_pairs(sum, weighted_lane(weights, num_taps, lane + 8, c, d));
    if (has_four) sum = add_pairs(sum, weighted(weights, lane + 4, e)); // lanes 12 on have no taps: 9 at most
    wasm_v128_store((void *)aside, sum.low);
    wasm_v128_store((void *)(aside + sizeof(v128_t)), sum.high);
    weights += num_taps * sizeof(v128_t);
    aside += ASIDE_BYTES;
  }
}

// Folds what is set aside: out[channel][stride], four, and four more at `next`.
INLINE void fold_aside(uintptr_t aside, uint32_t channels, uint32_t num_sums, float *out, uint32_t next, uint32_t stride) {
  const v128_t zero = wasm_f32x4_splat(0.0f);
  for (; channels > 0; channels--, out += stride, aside += ASIDE_BYTES)
    for (uint32_t half = 0; half < 2; half++) {
      v128_t sums[MAX_SUMS];
      ADDRESS(aside)
      for (uint32_t l = 0; l < num_sums; l++) sums[l] = wasm_v128_load((const void *)(aside + l * sizeof(struct pair) + half * sizeof(v128_t)));
      for (uint32_t distance = num_sums / 2; distance > 0; distance /= 2)
        for (uint32_t l = 0; l < distance; l++) sums[l] = wasm_f32x4_add(sums[l], sums[l + distance]);
      wasm_v128_store(out + half * next, wasm_f32x4_add(sums[0], zero));
    }
}

// Two rows of outputs of some channels, out[channel][stride], the second `width` further, for kernels of 3×3 and 5×5 whose taps lie side
// by side; the last four of a row begin at its fourth last. With `next` 0 one row, which is written for both.
static __attribute__((noinline)) void planes_3x3(const float *const *rows, uint32_t next, const v128_t *splats, uint32_t channels, uint32_t width, float *out, uint32_t stride) {
  struct pair sums[MAX_CHANNELS][MAX_SUMS];
  uintptr_t weights = (uintptr_t)splats, aside = (uintptr_t)sums;
  for (uint32_t x = 0; x < width; x += 4) {
    uint32_t from = min_u32(x, width - 4);
    struct kernel_rows at = {rows[0] + from, rows[1] + from, rows[2] + from, 0, 0, next};
    set_aside(at, 9, 3, 0, channels, weights, aside);
    set_aside(at, 9, 3, 1, channels, weights, aside);
    set_aside(at, 9, 3, 2, channels, weights, aside);
    set_aside(at, 9, 3, 3, channels, weights, aside);
    fold_aside(aside, channels, 4, out + from, next == 0 ? 0 : width, stride);
  }
}

static __attribute__((noinline)) void planes_5x5(const float *const *rows, uint32_t next, const v128_t *splats, uint32_t channels, uint32_t width, float *out, uint32_t stride) {
  struct pair sums[MAX_CHANNELS][MAX_SUMS];
  uintptr_t weights = (uintptr_t)splats, aside = (uintptr_t)sums;
  for (uint32_t x = 0; x < width; x += 4) {
    uint32_t from = min_u32(x, width - 4);
    struct kernel_rows at = {rows[0] + from, rows[1] + from, rows[2] + from, rows[3] + from, rows[4] + from, next};
    set_aside(at, 25, 5, 0, channels, weights, aside);
    set_aside(at, 25, 5, 1, channels, weights, aside);
    set_aside(at, 25, 5, 2, channels, weights, aside);
    set_aside(at, 25, 5, 3, channels, weights, aside);
    set_aside(at, 25, 5, 4, channels, weights, aside);
    set_aside(at, 25, 5, 5, channels, weights, aside);
    set_aside(at, 25, 5, 6, channels, weights, aside);
    set_aside(at, 25, 5, 7, channels, weights, aside);
    fold_aside(aside, channels, 8, out + from, next == 0 ? 0 : width, stride);
  }
}

// ---- rows, bands, parts

// Whether taps that are neighbours in a kernel row are neighbours in a row's only copy.
static int is_dense(const struct depthwise *s) { return s->stride_w == 1 && s->dilation_w == 1; }

static void dense_row(const struct depthwise *s, const float *copies, const float *weights, float *out) {
  const float *rows[MAX_TAPS];
  for (uint32_t kh = 0; kh < s->kernel_h; kh++) rows[kh] = copies + kh * s->dilation_h * s->length;
  if (s->kernel_h == 3) dense_3x3(rows, weights, s->out_w, out);
  else dense_5x5(rows, weights, s->out_w, out);
}

static void output_row(const struct depthwise *s, const float *copies, const float *weights, float *out) {
  const float *taps[MAX_TAPS];
  uint32_t num_taps = 0;
  if (is_dense(s) && s->kernel_h == s->kernel_w && (s->kernel_h == 3 || s->kernel_h == 5)) {
    dense_row(s, copies, weights, out);
    return;
  }
  for (uint32_t kh = 0; kh < s->kernel_h; kh++)
    for (uint32_t kw = 0; kw < s->kernel_w; kw++) {
      uint32_t column = kw * s->dilation_w;
      taps[num_taps++] = copies + (kh * s->dilation_h * s->stride_w + column % s->stride_w) * s->length + column / s->stride_w;
    }
  if (num_taps == 9) row_3x3(taps, weights, s->out_w, out);
  else if (num_taps == 25) row_5x5(taps, weights, s->out_w, out);
  else row_any(taps, weights, num_taps, s->out_w, out);
}

// Whether all output channels of a group are done together.
static int is_together(const struct depthwise *s, uint32_t channels) {
  return channels > 1 && is_dense(s) && s->kernel_h == s->kernel_w && (s->kernel_h == 3 || s->kernel_h == 5) && s->out_w >= 4 && 2 * s->out_w <= ACC_FLOATS / MAX_CHANNELS;
}

// All output channels of a group, of a band of rows whose inputs have been copied.
static void run_bands(const struct depthwise *s, const float *weights, uint32_t channels, uint32_t rows, uint32_t out_first, struct strip *strip, struct scratch *scratch) {
  enum { CHANNEL_FLOATS = ACC_FLOATS / MAX_CHANNELS };
  v128_t splats[MAX_CHANNELS * 25];
  uint32_t filled = 0, row_floats = s->stride_w * s->length;
  for (uint32_t i = 0; i < channels * s->kernel_h * s->kernel_w; i++) splats[i] = wasm_f32x4_splat(weights[i]);
  for (uint32_t r = 0; r < rows; r += 2) {
    const float *taps[5];
    uint32_t pair = min_u32(rows - r, 2);
    for (uint32_t kh = 0; kh < s->kernel_h; kh++) taps[kh] = scratch->panels + r * s->stride_h * row_floats + kh * s->dilation_h * s->length;
    (s->kernel_h == 3 ? planes_3x3 : planes_5x5)(taps, (pair - 1) * s->stride_h * row_floats, splats, channels, s->out_w, scratch->acc + filled, CHANNEL_FLOATS);
    filled += pair * s->out_w;
    if (r + pair < rows && filled + 2 * s->out_w <= CHANNEL_FLOATS) continue;
    for (uint32_t c = 0; c < channels; c++)
      for (uint32_t e = 0; e < filled; e += STRIP) strip_run(strip, out_first + c * s->out_h * s->out_w + e, min_u32(filled - e, STRIP), scratch->acc + c * CHANNEL_FLOATS + e);
    out_first += filled;
    filled = 0;
  }
}

// One output channel of a band of rows, whose inputs have been copied.
static void run_band(const struct depthwise *s, const float *weights, uint32_t rows, uint32_t out_first, struct strip *strip, struct scratch *scratch) {
  uint32_t filled = 0, row_floats = s->stride_w * s->length;
  for (uint32_t r = 0; r < rows; r++) {
    output_row(s, scratch->panels + r * s->stride_h * row_floats, weights, scratch->acc + filled);
    filled += s->out_w;
    if (r + 1 < rows && filled + s->out_w + 8 <= BAND_FLOATS) continue;
    for (uint32_t e = 0; e < filled; e += STRIP) strip_run(strip, out_first + e, min_u32(filled - e, STRIP), scratch->acc + e);
    out_first += filled;
    filled = 0;
  }
}

static void run_depthwise(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct depthwise s = depthwise_of(command->node);
  s.band_rows = command->shape[0];
  uint32_t bands = (s.out_h + s.band_rows - 1) / s.band_rows, groups = command->node->dims[1], channels = command->node->dims[2];
  struct strip *strip = strip_begin(command, 0, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t plane = i / bands, row = i % bands * s.band_rows, rows = min_u32(s.out_h - row, s.band_rows);
    const float *input = (const float *)command->operand[0] + plane * s.in_h * s.in_w;
    const float *weights = (const float *)command->operand[1] + plane % groups * channels * s.kernel_h * s.kernel_w;
    uint32_t num_copies = (rows - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1;
    for (uint32_t y = 0; y < num_copies; y++)
      copy_row(&s, input, row * s.stride_h + y - s.pad_h, scratch->panels + y * s.stride_w * s.length);
    if (is_together(&s, channels)) {
      run_bands(&s, weights, channels, rows, (plane * channels * s.out_h + row) * s.out_w, strip, scratch);
      continue;
    }
    for (uint32_t oc = 0; oc < channels; oc++, weights += s.kernel_h * s.kernel_w)
      run_band(&s, weights, rows, ((plane * channels + oc) * s.out_h + row) * s.out_w, strip, scratch);
  }
}

int prepare_depthwise(struct command *command) {
  const ProgramNode *node = command->node;
  const uint32_t *a = node->operand[0].dims, *b = node->operand[1].dims;
  if (b[2] != 1 || node->dims[2] > MAX_CHANNELS || a[3] != 1 || b[3] != 1 || node->dims[3] != 1 || b[4] * b[5] > MAX_TAPS) return 0;
  for (uint32_t i = 0; i <= ATTRIBUTE_CONV_PAD_W; i++)
    if (node->attributes[i] > 65536) return 0; // so that no product below passes 32 bits
  if (node->attributes[ATTRIBUTE_CONV_PAD_D] != 0 || node->dtype[1] != DTYPE_F32 || node->dtype[2] != DTYPE_F32) return 0;
  struct depthwise s = depthwise_of(node);
  if (s.out_w + 8 > BAND_FLOATS || s.stride_w > 8 || s.stride_h > 8 || band_floats(&s, 1) > PANEL_FLOATS) return 0;
  uint32_t rows = 1;
  while (rows < s.out_h && band_floats(&s, rows + 1) <= PANEL_FLOATS) rows++;
  command->shape[0] = rows;
  command->kernel = run_depthwise;
  command->num_parts = node->dims[0] * node->dims[1] * ((s.out_h + rows - 1) / rows);
  command->part_cost = node->dims[2] * rows * s.out_w * b[4] * b[5];
  return 1;
}
