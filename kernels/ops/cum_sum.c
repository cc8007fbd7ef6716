// CumSum: running sum along one dimension, one addition after the other from the first term, upward or downward.
#include "ops.h"
#include "rows.h"

static union value add(enum value_class class, union value a, union value b) {
  if (class == CLASS_F32) a.f = f32_add(a.f, b.f);
  else if (class == CLASS_I32) a.u += b.u;
  else a.ul += b.ul;
  return a;
}

// Sum of the first `num_terms` (at least 1) elements from `index` on, `stride` apart.
static union value sum_terms(const struct block *block, int64_t index, int64_t stride, uint32_t num_terms) {
  uint32_t dtype = block->node->dtype[1];
  union value sum = load_element(dtype, block->operand[0], index);
  for (uint32_t i = 1; i < num_terms; i++) {
    index += stride;
    sum = add(dtype_class(dtype), sum, load_element(dtype, block->operand[0], index));
  }
  return sum;
}

void cum_sum_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const uint32_t *attributes = block->node->attributes;
  struct row_axis rows = row_axis(block, attributes[ATTRIBUTE_CUM_SUM_AXIS]);
  int is_exclusive = attributes[ATTRIBUTE_CUM_SUM_IS_EXCLUSIVE] == 1, is_reverse = attributes[ATTRIBUTE_CUM_SUM_IS_REVERSE] == 1;
  uint32_t dtype = block->node->dtype[1], count = block->count;
  int64_t stride = is_reverse ? -rows.stride : rows.stride;
  union value sums[MAX_BLOCK_ELEMENTS]; // up to and with the element
  for (uint32_t k = 0; k < count; k++) {
    uint32_t e = is_reverse ? count - 1 - k : k, position = row_position(block, &rows, e);
    uint32_t num_before = is_reverse ? rows.length - 1 - position : position;
    int is_before_known = is_reverse ? rows.inner < count - e : e >= rows.inner; // when there are terms before
    int64_t index = block_view(block, 0, e);
    union value before = {.l = 0}, term = load_element(dtype, block->operand[0], index);
    sums[e] = term;
    if (num_before > 0) {
      if (is_before_known) before = sums[is_reverse ? e + rows.inner : e - rows.inner];
      else before = sum_terms(block, index - stride * num_before, stride, num_before);
      sums[e] = add(dtype_class(dtype), before, term);
    }
    block->acc[e] = is_exclusive ? before : sums[e];
  }
  block_store(block, block->acc, out);
}
