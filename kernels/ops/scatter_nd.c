// ScatterND: a[positions,inner] with rows of c[n,inner] put, or reduced, at the positions that the tuples b[n,k] name, upward.
// Each tuple is read once a block.
#include "movement.h"
#include "ops.h"

// Position of update j less the block's first row: below num_rows if the update meets the block.
static uint32_t row_of_update(const struct block *block, uint32_t j) {
  const ProgramNode *node = block->node;
  const uint32_t *sizes = &node->attributes[ATTRIBUTE_SCATTER_ND_SIZE0];
  uint32_t components = node->attributes[ATTRIBUTE_SCATTER_ND_NUM_COMPONENTS];
  return tuple_at(node->dtype[2], block->operand[1], j, sizes, components) - (uint32_t)block->coordinate[4][0];
}

static uint32_t row_of_element(const struct block *block, uint32_t e) {
  return (uint32_t)(block->coordinate[4][e] - block->coordinate[4][0]);
}

// The last update of a row is the one that stays.
static void put(const struct block *block, uint32_t num_rows, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  uint32_t num_updates = node->operand[2].dims[4], inner = node->dims[5], last[MAX_BLOCK_ELEMENTS];
  for (uint32_t row = 0; row < num_rows; row++) last[row] = NO_ELEMENT;
  for (uint32_t j = 0; j < num_updates; j++) {
    uint32_t row = row_of_update(block, j);
    if (row < num_rows) last[row] = j;
  }
  for (uint32_t e = 0; e < block->count; e++) {
    uint32_t j = last[row_of_element(block, e)], bytes = dtype_bytes(node->dtype[0]);
    if (j == NO_ELEMENT) copy_element(bytes, out, e, block->operand[0], block->first + e);
    else copy_element(bytes, out, e, block->operand[2], j * inner + (uint32_t)block->coordinate[5][e]);
  }
}

static void reduce(struct block *block, uint32_t num_rows, uint32_t mode) {
  const ProgramNode *node = block->node;
  uint32_t num_updates = node->operand[2].dims[4], inner = node->dims[5], dtype = node->dtype[0];
  for (uint32_t e = 0; e < block->count; e++) block->acc[e] = load_element(dtype, block->operand[0], block->first + e);
  for (uint32_t j = 0; j < num_updates; j++) {
    uint32_t row = row_of_update(block, j), skipped = (uint32_t)block->coordinate[5][0];
    if (row >= num_rows) continue;
    uint32_t e = row == 0 ? 0 : row * inner - skipped, column = row == 0 ? skipped : 0;
    for (; e < block->count && column < inner; e++, column++)
      block->acc[e] = scatter_reduce(dtype, mode, block->acc[e], load_element(dtype, block->operand[2], j * inner + column));
  }
}

void scatter_nd_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  uint32_t mode = block->node->attributes[ATTRIBUTE_SCATTER_ND_MODE];
  block_clear(out);
  if (block->count == 0) return;
  uint32_t num_rows = row_of_element(block, block->count - 1) + 1;
  if (mode == SCATTER_PUT) {
    put(block, num_rows, out);
    return;
  }
  reduce(block, num_rows, mode);
  block_store(block, block->acc, out);
}
