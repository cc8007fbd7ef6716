// What MatMul and MatMulInteger share: their output as rows, columns and batches. Attributes are read by MatMul's numbers.
#ifndef OPML_ENGINE_MAT_MUL_H
#define OPML_ENGINE_MAT_MUL_H

#include "gemm.h"

// One operand as the product reads it.
struct side {
  uint32_t operand, dtype;
  int32_t depth_stride, step; // elements from term to term, and from row to row or column to column
  int32_t batch_strides[MAX_DIMS];
};

struct product {
  uint32_t rows, cols, depth, num_batch_dims, num_batches;
  uint32_t batch_dims[MAX_DIMS];
  struct side row_side, col_side;
};

struct product product_of(const ProgramNode *node);

// Element of an operand where row or column 0 of a batch begins.
int64_t batch_start(const struct command *command, const struct product *p, const struct side *side, uint32_t batch);

// Whether an operand is a constant that all batches read alike.
int can_pack(const struct command *command, const struct product *p, const struct side *side);

#endif
