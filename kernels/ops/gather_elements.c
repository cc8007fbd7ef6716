// GatherElements: out[i] = view a at i with the coordinate along the axis taken from view b.
#include "movement.h"
#include "ops.h"

void gather_elements_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  uint32_t bytes = dtype_bytes(node->dtype[0]), axis = node->attributes[ATTRIBUTE_GATHER_ELEMENTS_AXIS];
  uint32_t size = node->attributes[ATTRIBUTE_GATHER_ELEMENTS_AXIS_SIZE];
  block_clear(out);
  for (uint32_t e = 0; e < block->count; e++) {
    uint32_t index = index_at(node->dtype[2], block->operand[1], (uint32_t)block_view(block, 1, e), size);
    if (index == NO_ELEMENT) continue;
    int64_t moved = (int64_t)index - block->coordinate[axis][e];
    copy_element(bytes, out, e, block->operand[0], (uint32_t)(block_view(block, 0, e) + moved * node->operand[0].strides[axis]));
  }
}
