// From opcode to kernel.
#include "ops.h"

int program_block(const ProgramNode *node, const void *const operand[3], uint32_t index, uint8_t out[BLOCK_BYTES]) {
  struct block block;
  block_begin(&block, node, operand, index);
  switch (node->opcode) {
    case OPCODE_MAP: map_block(&block, out); return 1;
    case OPCODE_MAT_MUL: mat_mul_block(&block, out); return 1;
    case OPCODE_REDUCE: reduce_block(&block, out); return 1;
    case OPCODE_ARG_REDUCE: arg_reduce_block(&block, out); return 1;
    case OPCODE_SOFTMAX: softmax_block(&block, out); return 1;
    case OPCODE_NORMALIZE: normalize_block(&block, out); return 1;
    case OPCODE_CUM_SUM: cum_sum_block(&block, out); return 1;
    case OPCODE_SORT: sort_block(&block, out); return 1;
    case OPCODE_GATHER: gather_block(&block, out); return 1;
    case OPCODE_GATHER_ELEMENTS: gather_elements_block(&block, out); return 1;
    case OPCODE_GATHER_ND: gather_nd_block(&block, out); return 1;
    case OPCODE_SCATTER_ELEMENTS: scatter_elements_block(&block, out); return 1;
    case OPCODE_SCATTER_ND: scatter_nd_block(&block, out); return 1;
    case OPCODE_CONCAT: concat_block(&block, out); return 1;
    case OPCODE_PAD: pad_block(&block, out); return 1;
    case OPCODE_INTERPOLATE: interpolate_block(&block, out); return 1;
    case OPCODE_TREE_ENSEMBLE: tree_ensemble_block(&block, out); return 1;
    case OPCODE_MAT_MUL_INTEGER: mat_mul_integer_block(&block, out); return 1;
    case OPCODE_CONV: conv_block(&block, out); return 1;
    case OPCODE_CONV_INTEGER: conv_integer_block(&block, out); return 1;
    case OPCODE_CONV_TRANSPOSE: conv_transpose_block(&block, out); return 1;
    case OPCODE_POOL: pool_block(&block, out); return 1;
    default: return 0;
  }
}
