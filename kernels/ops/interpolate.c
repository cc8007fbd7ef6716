// Interpolate: out[outer,n,inner] = sum over t of c[n,t] * a[outer,b[n,t],inner], t upward from +0.
#include "movement.h"
#include "ops.h"

void interpolate_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  uint32_t axis = node->operand[0].dims[4], terms = node->operand[1].dims[5], inner = node->dims[5];
  for (uint32_t e = 0; e < block->count; e++) {
    uint32_t first = (uint32_t)block->coordinate[4][e] * terms, outer = (uint32_t)block->coordinate[3][e] * axis;
    float sum = 0.0f;
    for (uint32_t t = first; t < first + terms; t++) {
      uint32_t index = index_at(DTYPE_I32, block->operand[1], t, axis);
      float x = 0.0f;
      if (index != NO_ELEMENT) x = load_element(node->dtype[1], block->operand[0], (outer + index) * inner + (uint32_t)block->coordinate[5][e]).f;
      sum = f32_add(sum, f32_mul(load_element(node->dtype[3], block->operand[2], t).f, x));
    }
    block->acc[e].f = sum;
  }
  block_store(block, block->acc, out);
}
