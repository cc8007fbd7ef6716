// GatherND: out[batch,n,inner] = a[batch,positions,inner] at the positions that the tuples b[batch,n,k] name.
#include "movement.h"
#include "ops.h"

void gather_nd_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  uint32_t bytes = dtype_bytes(node->dtype[0]), positions = node->operand[0].dims[4], n = node->dims[4], inner = node->dims[5];
  const uint32_t *sizes = &node->attributes[ATTRIBUTE_GATHER_ND_SIZE0];
  uint32_t components = node->attributes[ATTRIBUTE_GATHER_ND_NUM_COMPONENTS];
  block_clear(out);
  for (uint32_t e = 0; e < block->count; e++) {
    uint32_t batch = (uint32_t)block->coordinate[3][e], row = batch * n + (uint32_t)block->coordinate[4][e];
    uint32_t position = tuple_at(node->dtype[2], block->operand[1], row, sizes, components);
    if (position == NO_ELEMENT) continue;
    copy_element(bytes, out, e, block->operand[0], (batch * positions + position) * inner + (uint32_t)block->coordinate[5][e]);
  }
}
