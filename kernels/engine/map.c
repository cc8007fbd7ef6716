// Map: nothing but micro-ops, strip by strip.
#include "engine.h"

static void run_map(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct strip *strip = strip_begin(command, 0, CLASS_I32, scratch);
  uint32_t numElements = node_elements(command->node);
  for (uint32_t i = first; i < last; i++) strip_run(strip, i * STRIP, min_u32(numElements - i * STRIP, STRIP), 0);
}

int prepare_map(struct command *command) {
  command->kernel = run_map;
  command->num_parts = (node_elements(command->node) + STRIP - 1) / STRIP;
  command->part_cost = STRIP * command->node->num_micro_ops / 2;
  return 1;
}
