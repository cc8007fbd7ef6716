// Map: nothing but micro-ops, strip by strip.
#include "engine.h"

static void run_map(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct strip *strip = strip_begin(command, 0, CLASS_I32, scratch);
  uint32_t numElements = node_elements(command->node);
  for (uint32_t i = first; i < last; i++) strip_run(strip, i * STRIP, min_u32(numElements - i * STRIP, STRIP), 0);
}

// What a micro-op takes for an element, in halves of a multiply-add.
static uint32_t micro_op_cost(uint32_t id) {
  if (id == MICRO_F32_POW || id == MICRO_F32_FMOD) return 160;
  return id >= MICRO_F32_EXP && id <= MICRO_F32_SOFTPLUS ? 32 : 1;
}

int prepare_map(struct command *command) {
  uint32_t cost = 0;
  for (uint32_t i = 0; i < command->node->num_micro_ops; i++) cost += micro_op_cost(command->node->micro_ops[i].id);
  command->kernel = run_map;
  command->num_parts = (node_elements(command->node) + STRIP - 1) / STRIP;
  command->part_cost = STRIP * cost / 2;
  return 1;
}
