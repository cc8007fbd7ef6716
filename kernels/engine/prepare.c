// From node to kernel: the first that takes the node, else any node block by block with the sources of the guest.
#include "engine.h"

static void run_blocks(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  uint8_t *out = command->out;
  uint32_t element_bytes = dtype_bytes(command->node->dtype[0]);
  struct strip *strip = strip_begin(command, command->node->num_micro_ops, CLASS_I32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t start = i * BLOCK_BYTES, used = min_u32(command->node->length_bytes - start, BLOCK_BYTES);
    program_block(command->node, command->operand, i, (uint8_t *)strip->stored.i);
    if (out != 0) __builtin_memcpy(out + start, strip->stored.i, used);
    strip_follow(strip, start / element_bytes, used / element_bytes);
  }
}

void prepare_blocks(struct command *command) {
  command->kernel = run_blocks;
  command->has_strips = 2;
  command->num_parts = (command->node->length_bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  command->part_cost = 4096;
}

static int prepare_fast(struct command *command) {
  switch (command->node->opcode) {
    case OPCODE_MAP: return prepare_map(command);
    case OPCODE_MAT_MUL: return prepare_mat_mul(command);
    case OPCODE_MAT_MUL_INTEGER: return prepare_mat_mul_integer(command);
    case OPCODE_CONV_INTEGER: return prepare_depthwise_integer(command) || prepare_winograd_integer(command) || prepare_conv_integer(command);
    case OPCODE_CONV: return prepare_conv(command);
    case OPCODE_CONV_TRANSPOSE: return prepare_conv_transpose(command);
    case OPCODE_POOL: return prepare_pool(command);
    case OPCODE_REDUCE: return prepare_reduce(command) || prepare_reduce_integer(command);
    case OPCODE_SOFTMAX: return prepare_softmax(command);
    case OPCODE_NORMALIZE: return prepare_normalize(command);
    case OPCODE_GATHER: return prepare_gather_table(command) || prepare_gather(command);
    case OPCODE_CONCAT: return prepare_concat(command);
    default: return 0;
  }
}

// Chooses the kernel; returns 0 if the opcode is unknown.
__attribute__((visibility("default"))) int engine_prepare(struct command *command) {
  command->packed_bytes = 0;
  command->packed_operand = NO_OPERAND;
  command->part_cost = 1;
  command->pack = 0;
  command->strips = 0;
  command->has_strips = 1;
  if (prepare_fast(command)) {
    if (command->node->opcode == OPCODE_GATHER || command->node->opcode == OPCODE_CONCAT) command->has_strips = 0;
    return 1;
  }
  uint8_t block[BLOCK_BYTES];
  prepare_blocks(command);
  return program_block(command->node, command->operand, UINT32_MAX, block);
}

// Fills what `packed` points to, once, after the constants are in the memory.
__attribute__((visibility("default"))) void engine_pack(struct command *command) {
  if (command->pack != 0) command->pack(command);
}
