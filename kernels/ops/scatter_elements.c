// ScatterElements: view a with elements of c put, or reduced, where b (same dims as c) says along the axis, upward.
#include "movement.h"
#include "ops.h"

// Update `from` meets element e: in the block's bytes where it is put, in acc where it is reduced.
static void update(struct block *block, uint32_t e, uint32_t from, uint8_t *out) {
  uint32_t dtype = block->node->dtype[0], mode = block->node->attributes[ATTRIBUTE_SCATTER_ELEMENTS_MODE];
  if (mode == SCATTER_PUT) copy_element(dtype_bytes(dtype), out, e, block->operand[2], from);
  else block->acc[e] = scatter_reduce(dtype, mode, block->acc[e], load_element(dtype, block->operand[2], from));
}

// The updates of one line along the axis, those whose other coordinates are element e's, on elements e ... e + length - 1.
static void scatter_line(struct block *block, uint32_t e, uint32_t length, uint8_t *out) {
  const ProgramNode *node = block->node;
  const uint32_t *dims = node->operand[1].dims;
  uint32_t axis = node->attributes[ATTRIBUTE_SCATTER_ELEMENTS_AXIS], from = 0, step = 1;
  for (uint32_t d = 0; d < RANK; d++) {
    uint32_t at = d == axis ? 0 : (uint32_t)block->coordinate[d][e];
    if (d != axis && at >= dims[d]) return;
    from = from * dims[d] + at;
    if (d > axis) step *= dims[d];
  }
  uint32_t first = (uint32_t)block->coordinate[axis][e];
  for (uint32_t j = 0; j < dims[axis]; j++, from += step) {
    uint32_t place = index_at(node->dtype[2], block->operand[1], from, node->dims[axis]) - first; // NO_ELEMENT - first is past any line
    if (place < length) update(block, e + place, from, out);
  }
}

void scatter_elements_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  uint32_t dtype = node->dtype[0], bytes = dtype_bytes(dtype), is_put = node->attributes[ATTRIBUTE_SCATTER_ELEMENTS_MODE] == SCATTER_PUT;
  block_clear(out);
  for (uint32_t e = 0; e < block->count; e++) {
    int64_t at = block_view(block, 0, e);
    if (is_put) copy_element(bytes, out, e, block->operand[0], (uint32_t)at);
    else block->acc[e] = load_element(dtype, block->operand[0], at);
  }
  for (uint32_t e = 0, length = 1; e < block->count; e += length) {
    if (node->attributes[ATTRIBUTE_SCATTER_ELEMENTS_AXIS] == RANK - 1) { // neighbours share the line
      length = node->dims[RANK - 1] - (uint32_t)block->coordinate[RANK - 1][e];
      if (length > block->count - e) length = block->count - e;
    }
    scatter_line(block, e, length, out);
  }
  if (!is_put) block_store(block, block->acc, out);
}
