// MatMulInteger: acc = sum over k of (a[view + k strideA] - zeroA) * (b[view + k strideB] - zeroB), exact, wrapped; then the epilogue.
#include "integer_dot.h"
#include "ops.h"

void mat_mul_integer_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  const uint32_t *attributes = node->attributes;
  const void *const *operand = block->operand;
  uint32_t depth = attributes[ATTRIBUTE_MAT_MUL_INTEGER_K];
  int32_t stride_a = (int32_t)attributes[ATTRIBUTE_MAT_MUL_INTEGER_STRIDE_A];
  int32_t stride_b = (int32_t)attributes[ATTRIBUTE_MAT_MUL_INTEGER_STRIDE_B];
  struct integer_dot dot = {
      .dtype_a = node->dtype[1],
      .dtype_b = node->dtype[2],
      .zero_a = (int32_t)attributes[ATTRIBUTE_MAT_MUL_INTEGER_ZERO_A],
      .zero_b = (int32_t)attributes[ATTRIBUTE_MAT_MUL_INTEGER_ZERO_B],
      .is_wide = attributes[ATTRIBUTE_MAT_MUL_INTEGER_ACCUMULATOR],
  };
  for (uint32_t e = 0; e < block->count; e++) {
    int64_t a = block_view(block, 0, e), b = block_view(block, 1, e);
    union value acc = {.l = 0};
    for (uint32_t k = 0; k < depth; k++, a += stride_a, b += stride_b)
      integer_dot_add(&dot, &acc, load_element(dot.dtype_a, operand[0], a), load_element(dot.dtype_b, operand[1], b));
    block->acc[e] = acc;
  }
  block_epilogue(block, out);
}
