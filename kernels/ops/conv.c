// Conv: acc = ordered sum over i of a * b in f32; an element in the padding is +0 and takes part. Then the epilogue.
#include "convolution.h"
#include "ops.h"

static void add_row(const struct block *block, const struct convolution_row *row, void *sum) {
  const ProgramNode *node = block->node;
  uint32_t width = node->operand[1].dims[5], w = (uint32_t)row->w;
  for (uint32_t kw = 0; kw < width; kw++, w += node->attributes[ATTRIBUTE_CONV_DILATION_W]) {
    float x = w < row->size ? load_element(node->dtype[1], block->operand[0], row->a + w).f : 0.0f;
    ordered_add(sum, row->term + kw, f32_mul(x, load_element(node->dtype[2], block->operand[1], row->b + kw).f));
  }
}

void conv_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  for (uint32_t e = 0; e < block->count; e++) {
    struct ordered_sum sum;
    ordered_begin(&sum);
    convolution_rows(block, e, add_row, &sum);
    block->acc[e].f = ordered_end(&sum);
  }
  block_epilogue(block, out);
}
