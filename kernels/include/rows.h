// Rows of a block: elements that differ in one output dimension alone, for operators that work along it.
#ifndef OPML_ROWS_H
#define OPML_ROWS_H

#include "program.h"

struct row_axis {
  uint32_t axis;
  uint32_t length; // of a row
  uint32_t inner;  // output elements from a position of a row to the next
  int64_t stride;  // elements of operand a from a position to the next
};

static inline struct row_axis row_axis(const struct block *block, uint32_t axis) {
  const ProgramNode *node = block->node;
  struct row_axis rows = {axis, node->dims[axis], 1, node->operand[0].strides[axis]};
  for (uint32_t d = axis + 1; d < RANK; d++) rows.inner *= node->dims[d];
  return rows;
}

// Position of element e in its row.
static inline uint32_t row_position(const struct block *block, const struct row_axis *rows, uint32_t e) {
  return (uint32_t)block->coordinate[rows->axis][e];
}

// Whether the element before e in its row is in the block, too; it is element e - inner.
static inline int row_continues(const struct block *block, const struct row_axis *rows, uint32_t e) {
  return row_position(block, rows, e) > 0 && e >= rows->inner;
}

// Element of operand a where the row of e begins.
static inline int64_t row_start(const struct block *block, const struct row_axis *rows, uint32_t e) {
  return block_view(block, 0, e) - rows->stride * row_position(block, rows, e);
}

#endif
