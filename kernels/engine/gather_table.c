// Gather of single elements of one table, by i32 indices: how quantised models compute functions.
#include "engine.h"

enum { PART_ELEMENTS = 4096 };

#define LOOK_UP(type)                                                                    \
  for (uint32_t i = first; i < end; i++) {                                               \
    int32_t at = index[i] + (index[i] >> 31 & (int32_t)size);                            \
    ((type *)command->out)[i] = (uint32_t)at < size ? ((const type *)table)[at] : (type)0; \
  }

// A part is PART_ELEMENTS indices; a negative one counts from the end, and one out of range gives 0.
static void run_gather_table(const struct command *command, uint32_t first_part, uint32_t last_part, struct scratch *scratch) {
  (void)scratch;
  const ProgramNode *node = command->node;
  const int32_t *index = command->operand[1];
  const void *table = command->operand[0];
  uint32_t size = node->operand[0].dims[4], first = first_part * PART_ELEMENTS, end = min_u32(last_part * PART_ELEMENTS, node->dims[4]);
  switch (dtype_bytes(node->dtype[0])) {
    case 1: LOOK_UP(uint8_t) return;
    case 2: LOOK_UP(uint16_t) return;
    case 4: LOOK_UP(uint32_t) return;
    default: LOOK_UP(uint64_t) return;
  }
}

int prepare_gather_table(struct command *command) {
  const ProgramNode *node = command->node;
  if (node->dims[3] != 1 || node->dims[5] != 1 || node->dtype[2] != DTYPE_I32 || node_elements(node) == 0) return 0;
  command->kernel = run_gather_table;
  command->num_parts = (node->dims[4] + PART_ELEMENTS - 1) / PART_ELEMENTS;
  command->part_cost = 4 * PART_ELEMENTS;
  return 1;
}
