// From opcode to kernel.
#include "ops.h"

int program_block(const ProgramNode *node, const void *const operand[3], uint32_t index, uint8_t out[BLOCK_BYTES]) {
  struct block block;
  block_begin(&block, node, operand, index);
  switch (node->opcode) {
    case OPCODE_MAP: map_block(&block, out); return 1;
    case OPCODE_MAT_MUL: mat_mul_block(&block, out); return 1;
    case OPCODE_MAT_MUL_INTEGER: mat_mul_integer_block(&block, out); return 1;
    case OPCODE_CONV: conv_block(&block, out); return 1;
    case OPCODE_CONV_INTEGER: conv_integer_block(&block, out); return 1;
    case OPCODE_CONV_TRANSPOSE: conv_transpose_block(&block, out); return 1;
    case OPCODE_POOL: pool_block(&block, out); return 1;
    default: return 0;
  }
}
