// Gather: out[outer,n,inner] = a[outer,axis,inner] at the slices that b[n] names.
#include "movement.h"
#include "ops.h"

void gather_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  uint32_t bytes = dtype_bytes(node->dtype[0]), axis = node->operand[0].dims[4], inner = node->dims[5];
  block_clear(out);
  for (uint32_t e = 0; e < block->count; e++) {
    uint32_t index = index_at(node->dtype[2], block->operand[1], (uint32_t)block->coordinate[4][e], axis);
    if (index == NO_ELEMENT) continue;
    uint32_t slice = (uint32_t)block->coordinate[3][e] * axis + index;
    copy_element(bytes, out, e, block->operand[0], slice * inner + (uint32_t)block->coordinate[5][e]);
  }
}
