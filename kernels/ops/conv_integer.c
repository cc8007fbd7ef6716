// ConvInteger: acc = sum over i of (a - zeroA) * (b - zeroB), exact, wrapped; an element in the padding is zeroA. Then the epilogue.
#include "convolution.h"
#include "integer_dot.h"
#include "ops.h"

struct integer_sum {
  struct integer_dot dot;
  union value acc;
};

static void add_row(const struct block *block, const struct convolution_row *row, void *state) {
  struct integer_sum *sum = state;
  const ProgramNode *node = block->node;
  uint32_t width = node->operand[1].dims[5], w = (uint32_t)row->w;
  for (uint32_t kw = 0; kw < width; kw++, w += node->attributes[ATTRIBUTE_CONV_INTEGER_DILATION_W]) {
    if (w >= row->size) continue; // zeroA - zeroA
    union value x = load_element(sum->dot.dtype_a, block->operand[0], row->a + w);
    integer_dot_add(&sum->dot, &sum->acc, x, load_element(sum->dot.dtype_b, block->operand[1], row->b + kw));
  }
}

void conv_integer_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  struct integer_sum sum = {
      .dot = {
          .dtype_a = node->dtype[1],
          .dtype_b = node->dtype[2],
          .zero_a = (int32_t)node->attributes[ATTRIBUTE_CONV_INTEGER_ZERO_A],
          .zero_b = (int32_t)node->attributes[ATTRIBUTE_CONV_INTEGER_ZERO_B],
          .is_wide = node->attributes[ATTRIBUTE_CONV_INTEGER_ACCUMULATOR],
      },
  };
  for (uint32_t e = 0; e < block->count; e++) {
    sum.acc.l = 0;
    convolution_rows(block, e, add_row, &sum);
    block->acc[e] = sum.acc;
  }
  block_epilogue(block, out);
}
