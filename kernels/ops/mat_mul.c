// MatMul: acc = sum over k of a[view + k strideA] * b[view + k strideB], f32, ordered over k; then the epilogue.
#include "ops.h"

void mat_mul_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  uint32_t depth = node->attributes[ATTRIBUTE_MAT_MUL_K];
  int32_t stride_a = (int32_t)node->attributes[ATTRIBUTE_MAT_MUL_STRIDE_A], stride_b = (int32_t)node->attributes[ATTRIBUTE_MAT_MUL_STRIDE_B];
  for (uint32_t e = 0; e < block->count; e++) {
    int64_t a = block_view(block, 0, e), b = block_view(block, 1, e);
    struct ordered_sum sum;
    ordered_begin(&sum);
    for (uint32_t k = 0; k < depth; k++, a += stride_a, b += stride_b)
      ordered_add(&sum, k, f32_mul(load_element(node->dtype[1], block->operand[0], a).f, load_element(node->dtype[2], block->operand[1], b).f));
    block->acc[e].f = ordered_end(&sum);
  }
  block_epilogue(block, out);
}
