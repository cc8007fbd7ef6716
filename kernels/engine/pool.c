// Pool of f32 without pre-ops: maximum, sum and average, a row of the output at a time.
#include <wasm_simd128.h>

#include "pool.h"

struct range range_of(const ProgramNode *node, uint32_t axis, uint32_t at) {
  const uint32_t *attributes = node->attributes;
  uint32_t taps = attributes[ATTRIBUTE_POOL_KERNEL_D + axis], dilation = attributes[ATTRIBUTE_POOL_DILATION_D + axis];
  uint32_t size = node->operand[0].dims[3 + axis], pad = attributes[ATTRIBUTE_POOL_PAD_D + axis];
  uint32_t end = pad + size + attributes[ATTRIBUTE_POOL_PAD_END_D + axis], begin = at * attributes[ATTRIBUTE_POOL_STRIDE_D + axis];
  struct range range = {.first = taps, .last = 0, .padded = 0, .position = begin - pad};
  for (uint32_t k = 0; k < taps; k++) {
    if (begin + k * dilation < end) range.padded++;
    if (range.position + k * dilation >= size) continue;
    if (range.first == taps) range.first = k;
    range.last = k + 1;
  }
  return range;
}

struct window {
  const ProgramNode *node;
  uint32_t mode, dilation[3], kernel_h, kernel_w, stride_w, height, width;
};

// What an average divides by: positions in the padded input, or elements.
static uint32_t divisor_of(const struct window *window, const struct range *d, const struct range *h, const struct range *w) {
  if (window->node->attributes[ATTRIBUTE_POOL_COUNT_PADDING]) return d->padded * h->padded * w->padded;
  return (d->last > d->first ? d->last - d->first : 0) * (h->last > h->first ? h->last - h->first : 0) * (w->last > w->first ? w->last - w->first : 0);
}

static float sum_one(const struct window *window, const float *plane, const struct range *d, const struct range *h, const struct range *w) {
  float lane[NUM_LANES] = {0};
  for (uint32_t kd = d->first; kd < d->last; kd++)
    for (uint32_t kh = h->first; kh < h->last; kh++) {
      uint32_t y = (d->position + kd * window->dilation[0]) * window->height + h->position + kh * window->dilation[1];
      const float *row = plane + y * window->width + (w->position + w->first * window->dilation[2]);
      uint32_t tap = (kd * window->kernel_h + kh) * window->kernel_w + w->first;
      for (uint32_t kw = w->first; kw < w->last; kw++, tap++, row += window->dilation[2]) lane[tap % NUM_LANES] += *row;
    }
  float sum = f32_fold16(lane);
  if (window->mode == POOL_SUM) return sum;
  uint32_t divisor = divisor_of(window, d, h, w);
  return divisor == 0 ? 0.0f : sum / (float)divisor;
}

static inline v128_t load_four(const float *x, uint32_t stride) {
  if (stride == 1) return wasm_v128_load(x);
  if (stride == 2) return wasm_i32x4_shuffle(wasm_v128_load(x), wasm_v128_load(x + 4), 0, 2, 4, 6);
  return wasm_f32x4_make(x[0], x[stride], x[2 * stride], x[3 * stride]);
}

// highest[x] = the greatest of the inputs in column x of the rows that an output row reads, for all columns.
static void max_rows(const struct window *window, const float *plane, const struct range *d, const struct range *h, float *highest) {
  const v128_t least = wasm_f32x4_splat(f32_from_bits(F32_INFINITY_BITS | F32_SIGN_BIT));
  for (uint32_t x = 0; x < window->width; x += 4) wasm_v128_store(highest + x, least);
  for (uint32_t kd = d->first; kd < d->last; kd++)
    for (uint32_t kh = h->first; kh < h->last; kh++) {
      uint32_t y = (d->position + kd * window->dilation[0]) * window->height + h->position + kh * window->dilation[1];
      const float *row = plane + y * window->width;
      for (uint32_t x = 0; x < window->width; x += 4) wasm_v128_store(highest + x, wasm_f32x4_max(wasm_v128_load(highest + x), wasm_v128_load(row + x)));
    }
}

// Four outputs from the columns of their rows: those of one after the other begin stride_w apart, all inside the input.
static v128_t max_four(const struct window *window, const float *highest) {
  v128_t best = load_four(highest, window->stride_w);
  for (uint32_t kw = 1; kw < window->kernel_w; kw++) best = wasm_f32x4_max(best, load_four(highest + kw * window->dilation[2], window->stride_w));
  return best;
}

static float max_one(const struct window *window, const float *highest, const struct range *w) {
  float best = f32_from_bits(F32_INFINITY_BITS | F32_SIGN_BIT);
  for (uint32_t kw = w->first; kw < w->last; kw++) best = __builtin_wasm_max_f32(best, highest[w->position + kw * window->dilation[2]]);
  return best;
}

// Four sums or averages of a row from column `w` on whose taps all lie inside the input's rows; their windows differ in the column alone.
static v128_t sum_four(const struct window *window, const float *plane, const struct range *d, const struct range *h, const struct range *w) {
  const v128_t zero = wasm_f32x4_splat(0.0f);
  v128_t lane[NUM_LANES];
  for (uint32_t l = 0; l < NUM_LANES; l++) lane[l] = zero;
  for (uint32_t kd = d->first; kd < d->last; kd++)
    for (uint32_t kh = h->first; kh < h->last; kh++) {
      uint32_t y = (d->position + kd * window->dilation[0]) * window->height + h->position + kh * window->dilation[1];
      const float *row = plane + y * window->width + w->position;
      uint32_t tap = (kd * window->kernel_h + kh) * window->kernel_w;
      for (uint32_t kw = 0; kw < window->kernel_w; kw++, tap++, row += window->dilation[2]) {
        lane[tap % NUM_LANES] = wasm_f32x4_add(lane[tap % NUM_LANES], load_four(row, window->stride_w));
      }
    }
  for (uint32_t width = NUM_LANES / 2; width > 0; width /= 2)
    for (uint32_t j = 0; j < width; j++) lane[j] = wasm_f32x4_add(lane[j], lane[j + width]);
  if (window->mode == POOL_SUM) return lane[0];
  uint32_t divisor = divisor_of(window, d, h, w);
  return divisor == 0 ? zero : wasm_f32x4_div(lane[0], wasm_f32x4_splat((float)divisor));
}

enum { MAX_PAIR_ROWS = 16 };

// A row of maxima of windows two wide, two apart and without padding; beyond `width` up to three more.
static void max_pairs_row(const struct window *window, const float *plane, const struct range *d, const struct range *h, uint32_t width, float *out) {
  const float *rows[MAX_PAIR_ROWS];
  uint32_t num_rows = 0;
  for (uint32_t kd = d->first; kd < d->last; kd++)
    for (uint32_t kh = h->first; kh < h->last; kh++)
      rows[num_rows++] = plane + ((d->position + kd * window->dilation[0]) * window->height + h->position + kh * window->dilation[1]) * window->width;
  for (uint32_t x = 0; x < width; x += 4) {
    const float *first = rows[0] + 2 * x;
    v128_t low = wasm_v128_load(first), high = wasm_v128_load(first + 4);
    for (uint32_t r = 1; r < num_rows; r++) {
      low = wasm_f32x4_max(low, wasm_v128_load(rows[r] + 2 * x));
      high = wasm_f32x4_max(high, wasm_v128_load(rows[r] + 2 * x + 4));
    }
    wasm_v128_store(out + x, wasm_f32x4_max(wasm_i32x4_shuffle(low, high, 0, 2, 4, 6), wasm_i32x4_shuffle(low, high, 1, 3, 5, 7)));
  }
}

// Whether max_pairs_row takes the rows.
static int is_pairs(const struct window *window, uint32_t width, uint32_t inner_first, uint32_t inner_last) {
  const uint32_t *attributes = window->node->attributes;
  return window->mode == POOL_MAX && window->kernel_w == 2 && window->stride_w == 2 && window->dilation[2] == 1 && inner_first == 0 && inner_last == width &&
         width <= STRIP && attributes[ATTRIBUTE_POOL_KERNEL_D] * window->kernel_h <= MAX_PAIR_ROWS;
}

// The output columns whose taps all lie inside the input: from `first` to before `last`.
static void inner_columns(const struct window *window, const struct range *columns, uint32_t width, uint32_t *first, uint32_t *last) {
  *first = 0;
  while (*first < width && (columns[*first].first != 0 || columns[*first].last != window->kernel_w)) ++*first;
  *last = *first;
  while (*last < width && columns[*last].first == 0 && columns[*last].last == window->kernel_w) ++*last;
}

// A part is a plane [d, h, w] of one channel.
static void run_pool(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  const ProgramNode *node = command->node;
  const uint32_t *attributes = node->attributes, *a = node->operand[0].dims, *out = node->dims;
  struct window window = {
      .node = node, .mode = attributes[ATTRIBUTE_POOL_MODE], .height = a[4], .width = a[5],
      .kernel_h = attributes[ATTRIBUTE_POOL_KERNEL_H], .kernel_w = attributes[ATTRIBUTE_POOL_KERNEL_W], .stride_w = attributes[ATTRIBUTE_POOL_STRIDE_W],
      .dilation = {attributes[ATTRIBUTE_POOL_DILATION_D], attributes[ATTRIBUTE_POOL_DILATION_H], attributes[ATTRIBUTE_POOL_DILATION_W]},
  };
  int is_max = window.mode == POOL_MAX;
  struct range *columns = (struct range *)scratch->panels;
  float *highest = scratch->panels + PANEL_FLOATS / 2;
  for (uint32_t x = 0; x < out[5]; x++) columns[x] = range_of(node, 2, x);
  uint32_t inner_first, inner_last;
  inner_columns(&window, columns, out[5], &inner_first, &inner_last);
  int has_pairs = is_pairs(&window, out[5], inner_first, inner_last);
  struct strip *strip = strip_begin(command, node->attributes[ATTRIBUTE_POOL_NUM_PRE_OPS], CLASS_F32, scratch);
  uint32_t plane = a[3] * a[4] * a[5], done = first * out[3] * out[4] * out[5], filled = 0;
  for (uint32_t c = first; c < last; c++)
    for (uint32_t z = 0; z < out[3]; z++) {
      struct range d = range_of(node, 0, z);
      for (uint32_t y = 0; y < out[4]; y++) {
        struct range h = range_of(node, 1, y);
        const float *input = (const float *)command->operand[0] + c * plane;
        int as_pairs = has_pairs && d.last > d.first && h.last > h.first;
        if (filled + (as_pairs ? out[5] : 4) > STRIP) {
          strip_run(strip, done, filled, scratch->acc);
          done += filled;
          filled = 0;
        }
        if (as_pairs) {
          max_pairs_row(&window, input, &d, &h, out[5], scratch->acc + filled);
          filled += out[5];
          continue;
        }
        if (is_max) max_rows(&window, input, &d, &h, highest);
        for (uint32_t x = 0; x < out[5];) {
          uint32_t again = x < inner_last && x + 4 > inner_last ? x + 4 - inner_last : 0; // the last four, some of them for a second time
          if (again != 0 && again <= filled && x >= inner_first + again) {
            x -= again;
            filled -= again;
          }
          if (x >= inner_first && x + 4 <= inner_last) {
            v128_t four = is_max ? max_four(&window, highest + columns[x].position) : sum_four(&window, input, &d, &h, &columns[x]);
            wasm_v128_store(scratch->acc + filled, four);
            x += 4;
            filled += 4;
          } else {
            scratch->acc[filled++] = is_max ? max_one(&window, highest, &columns[x]) : sum_one(&window, input, &d, &h, &columns[x]);
            x++;
          }
          if (filled < STRIP - 4) continue;
          strip_run(strip, done, filled, scratch->acc);
          done += filled;
          filled = 0;
        }
      }
    }
  if (filled > 0) strip_run(strip, done, filled, scratch->acc);
}

int has_pool_kernel(const ProgramNode *node) {
  const uint32_t *attributes = node->attributes;
  if (attributes[ATTRIBUTE_POOL_NUM_PRE_OPS] != 0) return 0;
  if (node_elements(node) == 0 || node->dims[5] > PANEL_FLOATS / 8 || node->operand[0].dims[5] > PANEL_FLOATS / 2 - NUM_LANES) return 0;
  // Taps inside the input must be one range: no position wraps around 32 bits.
  for (uint32_t i = ATTRIBUTE_POOL_KERNEL_D; i <= ATTRIBUTE_POOL_PAD_END_W; i++)
    if (attributes[i] > 16384) return 0;
  for (uint32_t i = 3; i < RANK; i++)
    if (node->dims[i] > 65536 || node->operand[0].dims[i] > 65536) return 0;
  return 1;
}

void set_pool_parts(struct command *command) {
  const ProgramNode *node = command->node;
  const uint32_t *attributes = node->attributes;
  command->num_parts = node->dims[2];
  command->part_cost = node_elements(node) / node->dims[2] * attributes[ATTRIBUTE_POOL_KERNEL_D] * attributes[ATTRIBUTE_POOL_KERNEL_H] * attributes[ATTRIBUTE_POOL_KERNEL_W];
}

int prepare_pool(struct command *command) {
  const ProgramNode *node = command->node;
  if (node->dtype[1] != DTYPE_F32 || node->attributes[ATTRIBUTE_POOL_MODE] > POOL_AVERAGE || !has_pool_kernel(node)) return 0;
  command->kernel = run_pool;
  set_pool_parts(command);
  return 1;
}
