// Pool of integers of up to 32 bits without pre-ops: greatest elements and sums modulo 2^32. The rows under a window are joined first, by
// vectors, for all columns; then the columns: the order is free.
#include "pool.h"

#include "words.h"

struct plane {
  const ProgramNode *node;
  const uint8_t *input;
  uint32_t mode, dtype; // of Reduce
  int32_t start;        // what no element changes
  int32_t *rows;        // joined, with room for 8 more
};

// No element of a dtype is less.
static int32_t least_of(uint32_t dtype) {
  return dtype == DTYPE_I32 ? INT32_MIN : dtype == DTYPE_I16 ? INT16_MIN : dtype == DTYPE_I8 ? INT8_MIN : 0;
}

static void join_rows(const struct plane *plane, const struct range *d, const struct range *h) {
  const uint32_t *attributes = plane->node->attributes, *a = plane->node->operand[0].dims;
  for (uint32_t x = 0; x < a[5]; x++) plane->rows[x] = plane->start;
  for (uint32_t kd = d->first; kd < d->last; kd++)
    for (uint32_t kh = h->first; kh < h->last; kh++) {
      uint32_t z = d->position + kd * attributes[ATTRIBUTE_POOL_DILATION_D], y = h->position + kh * attributes[ATTRIBUTE_POOL_DILATION_H];
      const uint8_t *row = plane->input + (z * a[4] + y) * a[5] * dtype_bytes(plane->dtype);
      uint32_t x = 0;
      for (; x + 8 <= a[5]; x += 8) {
        v128_t high, low = load_low(plane->dtype, row, x, &high);
        wasm_v128_store(plane->rows + x, joined_words(plane->mode, wasm_v128_load(plane->rows + x), low));
        wasm_v128_store(plane->rows + x + 4, joined_words(plane->mode, wasm_v128_load(plane->rows + x + 4), high));
      }
      for (; x < a[5]; x++) plane->rows[x] = joined(plane->mode, plane->rows[x], word_at(plane->dtype, row, x));
    }
}

static int32_t join_columns(const struct plane *plane, const struct range *w) {
  uint32_t dilation = plane->node->attributes[ATTRIBUTE_POOL_DILATION_W];
  int32_t y = plane->start;
  for (uint32_t kw = w->first; kw < w->last; kw++) y = joined(plane->mode, y, plane->rows[w->position + kw * dilation]);
  return y;
}

static void run_pool_integer(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  const ProgramNode *node = command->node;
  const uint32_t *a = node->operand[0].dims, *out = node->dims;
  int is_max = node->attributes[ATTRIBUTE_POOL_MODE] == POOL_MAX;
  struct plane plane = {.node = node, .mode = is_max ? MODE_MAX : MODE_SUM, .dtype = node->dtype[1], .rows = (int32_t *)scratch->panels + PANEL_FLOATS / 2};
  plane.start = is_max ? least_of(plane.dtype) : 0;
  struct range *columns = (struct range *)scratch->panels;
  for (uint32_t x = 0; x < out[5]; x++) columns[x] = range_of(node, 2, x);
  int32_t *acc = (int32_t *)scratch->acc;
  struct strip *strip = strip_begin(command, 0, CLASS_I32, scratch);
  uint32_t done = first * out[3] * out[4] * out[5], filled = 0, plane_bytes = a[3] * a[4] * a[5] * dtype_bytes(plane.dtype);
  for (uint32_t c = first; c < last; c++) {
    plane.input = (const uint8_t *)command->operand[0] + c * plane_bytes;
    for (uint32_t i = 0; i < out[3] * out[4]; i++) {
      struct range d = range_of(node, 0, i / out[4]), h = range_of(node, 1, i % out[4]);
      join_rows(&plane, &d, &h);
      for (uint32_t x = 0; x < out[5]; x++) {
        acc[filled++] = join_columns(&plane, &columns[x]);
        if (filled < STRIP) continue;
        strip_run(strip, done, filled, acc);
        done += filled;
        filled = 0;
      }
    }
  }
  if (filled > 0) strip_run(strip, done, filled, acc);
}

int prepare_pool_integer(struct command *command) {
  const ProgramNode *node = command->node;
  if (!is_word_dtype(node->dtype[1]) || node->attributes[ATTRIBUTE_POOL_MODE] > POOL_SUM || !has_pool_kernel(node)) return 0;
  command->kernel = run_pool_integer;
  set_pool_parts(command);
  return 1;
}
