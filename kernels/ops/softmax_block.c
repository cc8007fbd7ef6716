// Softmax along one dimension: exp(x - max) / sum of exp(x - max), the sum ordered, or (x - max) - log of that sum.
#include "opml_math.h"
#include "ops.h"
#include "rows.h"

struct softmax_row {
  float max, scale; // the sum of exp(x - max), or its logarithm
};

static float row_element(const struct block *block, int64_t index) { return load_element(block->node->dtype[1], block->operand[0], index).f; }

static struct softmax_row softmax_row(const struct block *block, const struct row_axis *rows, int64_t start, int is_log) {
  struct softmax_row row = {.max = f32_from_bits(F32_INFINITY_BITS | F32_SIGN_BIT)};
  int64_t index = start;
  for (uint32_t i = 0; i < rows->length; i++, index += rows->stride) row.max = f32_max(row.max, row_element(block, index));
  struct ordered_sum sum;
  ordered_begin(&sum);
  index = start;
  for (uint32_t i = 0; i < rows->length; i++, index += rows->stride) ordered_add(&sum, i, exp32(f32_add(row_element(block, index), -row.max)));
  row.scale = ordered_end(&sum);
  if (is_log) row.scale = log32(row.scale);
  return row;
}

void softmax_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  struct row_axis rows = row_axis(block, block->node->attributes[ATTRIBUTE_SOFTMAX_AXIS]);
  int is_log = block->node->attributes[ATTRIBUTE_SOFTMAX_IS_LOG] == 1;
  struct softmax_row row[MAX_BLOCK_ELEMENTS];
  for (uint32_t e = 0; e < block->count; e++) {
    row[e] = row_continues(block, &rows, e) ? row[e - rows.inner] : softmax_row(block, &rows, row_start(block, &rows, e), is_log);
    float x = f32_add(row_element(block, block_view(block, 0, e)), -row[e].max);
    block->acc[e].f = is_log ? f32_add(x, -row[e].scale) : exp32(x) / row[e].scale;
  }
  block_store(block, block->acc, out);
}
