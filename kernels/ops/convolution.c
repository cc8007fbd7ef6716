// The rows of a convolution's terms. Attributes are read by Conv's numbers; ConvInteger's first ones are the same.
#include "convolution.h"

_Static_assert((int)ATTRIBUTE_CONV_INTEGER_PAD_W == (int)ATTRIBUTE_CONV_PAD_W, "one order of attributes");

void convolution_rows(const struct block *block, uint32_t e, convolution_row_fn *add_row, void *sum) {
  const ProgramNode *node = block->node;
  const uint32_t *attributes = node->attributes, *a = node->operand[0].dims, *b = node->operand[1].dims;
  uint32_t channels = b[2], depth = b[3], height = b[4], width = b[5];
  if (channels == 0 || depth == 0 || height == 0 || width == 0) return; // else at most 2^30 terms
  uint32_t n = (uint32_t)block->coordinate[0][e], g = (uint32_t)block->coordinate[1][e], oc = (uint32_t)block->coordinate[2][e];
  // Positions of tap 0; unsigned arithmetic, as a product alone may pass 2^31.
  uint32_t first_d = (uint32_t)block->coordinate[3][e] * attributes[ATTRIBUTE_CONV_STRIDE_D] - attributes[ATTRIBUTE_CONV_PAD_D];
  uint32_t first_h = (uint32_t)block->coordinate[4][e] * attributes[ATTRIBUTE_CONV_STRIDE_H] - attributes[ATTRIBUTE_CONV_PAD_H];
  uint32_t first_w = (uint32_t)block->coordinate[5][e] * attributes[ATTRIBUTE_CONV_STRIDE_W] - attributes[ATTRIBUTE_CONV_PAD_W];
  uint32_t channel = (n * node->dims[1] + g) * channels;
  struct convolution_row row = {.term = 0, .b = (g * node->dims[2] + oc) * (channels * depth * height * width), .w = (int32_t)first_w};
  for (uint32_t ic = 0; ic < channels; ic++, channel++) {
    uint32_t d = first_d;
    for (uint32_t kd = 0; kd < depth; kd++, d += attributes[ATTRIBUTE_CONV_DILATION_D]) {
      uint32_t h = first_h;
      for (uint32_t kh = 0; kh < height; kh++, h += attributes[ATTRIBUTE_CONV_DILATION_H]) {
        row.a = ((channel * a[3] + d) * a[4] + h) * a[5];
        row.size = d < a[3] && h < a[4] ? a[5] : 0; // a negative position is above every size
        add_row(block, &row, sum);
        row.term += width;
        row.b += width;
      }
    }
  }
}
