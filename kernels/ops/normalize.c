// Normalize: (x - mean) / sqrt(variance + epsilon) over the innermost dimensions, sums ordered; then the epilogue.
#include "ops.h"

struct normal_row {
  float mean, root;
};

// Output dimensions from `first_dim` on make up a row.
struct row_shape {
  uint32_t first_dim, length;
};

static struct row_shape row_shape(const ProgramNode *node) {
  struct row_shape shape = {RANK - node->attributes[ATTRIBUTE_NORMALIZE_NUM_AXES], 1};
  for (uint32_t d = shape.first_dim; d < RANK; d++) shape.length *= node->dims[d];
  return shape;
}

// Element of a where the row of element e begins.
static int64_t row_start(const struct block *block, const struct row_shape *shape, uint32_t e) {
  int64_t start = block_view(block, 0, e);
  for (uint32_t d = shape->first_dim; d < RANK; d++) start -= (int64_t)block->node->operand[0].strides[d] * block->coordinate[d][e];
  return start;
}

// Ordered sum over a row divided by its length: of x - mean, or of its square.
static float row_average(const struct block *block, const struct row_shape *shape, int64_t start, float mean, int is_squared) {
  const ProgramNode *node = block->node;
  uint32_t inner = node->dims[RANK - 1];
  struct ordered_sum sum;
  ordered_begin(&sum);
  for (uint32_t first = 0; first < shape->length; first += inner) {
    int64_t index = start;
    uint32_t rest = first / inner;
    for (uint32_t d = RANK - 1; d-- > shape->first_dim; rest /= node->dims[d])
      index += (int64_t)node->operand[0].strides[d] * (rest % node->dims[d]);
    for (uint32_t i = 0; i < inner; i++, index += node->operand[0].strides[RANK - 1]) {
      float x = load_element(node->dtype[1], block->operand[0], index).f;
      if (is_squared) {
        x = f32_add(x, -mean);
        x = f32_mul(x, x);
      }
      ordered_add(&sum, first + i, x);
    }
  }
  return ordered_end(&sum) / (float)shape->length;
}

static struct normal_row normal_row(const struct block *block, const struct row_shape *shape, int64_t start) {
  const uint32_t *attributes = block->node->attributes;
  struct normal_row row = {.mean = 0.0f};
  if (attributes[ATTRIBUTE_NORMALIZE_IS_RMS] == 0) row.mean = row_average(block, shape, start, 0.0f, 0);
  float variance = row_average(block, shape, start, row.mean, 1);
  row.root = f32_sqrt(f32_add(variance, f32_from_bits(attributes[ATTRIBUTE_NORMALIZE_EPSILON])));
  return row;
}

void normalize_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  struct row_shape shape = row_shape(block->node);
  struct normal_row row = {.mean = 0.0f};
  for (uint32_t e = 0; e < block->count; e++) {
    if (e == 0 || (block->first + e) % shape.length == 0) row = normal_row(block, &shape, row_start(block, &shape, e));
    float x = load_element(block->node->dtype[1], block->operand[0], block_view(block, 0, e)).f;
    block->acc[e].f = f32_add(x, -row.mean) / row.root;
  }
  block_epilogue(block, out);
}
