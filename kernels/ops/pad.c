// Pad: a from coordinate `begin` on inside a constant border; a negative `begin` crops.
#include "movement.h"
#include "ops.h"

// Element of a for element e of the block; NO_ELEMENT in the border.
static uint32_t inside(const struct block *block, uint32_t e) {
  const ProgramNode *node = block->node;
  uint32_t from = 0;
  for (uint32_t d = 0; d < RANK; d++) {
    uint32_t at = (uint32_t)block->coordinate[d][e] - node->attributes[ATTRIBUTE_PAD_BEGIN0 + d]; // a negative difference is above 2^31
    if (at >= node->operand[0].dims[d]) return NO_ELEMENT;
    from = from * node->operand[0].dims[d] + at;
  }
  return from;
}

void pad_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  const uint32_t *border = &node->attributes[ATTRIBUTE_PAD_VALUE_LOW]; // the upper word follows
  uint32_t bytes = dtype_bytes(node->dtype[0]);
  block_clear(out);
  for (uint32_t e = 0; e < block->count; e++) {
    uint32_t from = inside(block, e);
    if (from == NO_ELEMENT) copy_element(bytes, out, e, border, 0);
    else copy_element(bytes, out, e, block->operand[0], from);
  }
}
