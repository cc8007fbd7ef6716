// Concat: out[outer,axis,inner] = a, b and c (if present) one after the other along the axis.
#include "movement.h"
#include "ops.h"

void concat_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  uint32_t bytes = dtype_bytes(node->dtype[0]), inner = node->dims[5];
  block_clear(out);
  for (uint32_t e = 0; e < block->count; e++) {
    uint32_t at = (uint32_t)block->coordinate[4][e], which = 0;
    for (; which < 2 && at >= node->operand[which].dims[4]; which++) at -= node->operand[which].dims[4];
    uint32_t slice = (uint32_t)block->coordinate[3][e] * node->operand[which].dims[4] + at;
    copy_element(bytes, out, e, block->operand[which], slice * inner + (uint32_t)block->coordinate[5][e]);
  }
}
