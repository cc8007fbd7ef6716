// Gather and Concat: copies of runs of bytes.
#include "movement.h"

#include "engine.h"

enum { ROWS_PER_PART = 64 };

static inline void copy_run(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  switch (bytes) {
    case 1: *to = *from; return;
    case 4: __builtin_memcpy(to, from, 4); return;
    case 8: __builtin_memcpy(to, from, 8); return;
    default: __builtin_memcpy(to, from, bytes); return;
  }
}

// A row is the `inner` elements of one index in one outer slice.
static void run_gather(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  (void)scratch;
  const ProgramNode *node = command->node;
  uint32_t n = node->dims[4], axis = node->operand[0].dims[4], bytes = node->dims[5] * dtype_bytes(node->dtype[0]);
  uint32_t end = min_u32(last * ROWS_PER_PART, node->dims[3] * n);
  uint32_t outer = first * ROWS_PER_PART / n, at = first * ROWS_PER_PART % n;
  uint8_t *out = (uint8_t *)command->out + (uint64_t)first * ROWS_PER_PART * bytes;
  for (uint32_t row = first * ROWS_PER_PART; row < end; row++, out += bytes) {
    uint32_t index = index_at(node->dtype[2], command->operand[1], at, axis);
    if (index == NO_ELEMENT) __builtin_memset(out, 0, bytes);
    else copy_run(out, (const uint8_t *)command->operand[0] + (uint64_t)(outer * axis + index) * bytes, bytes);
    if (++at == n) {
      at = 0;
      outer++;
    }
  }
}

int prepare_gather(struct command *command) {
  const ProgramNode *node = command->node;
  if (node_elements(node) == 0) return 0;
  command->kernel = run_gather;
  command->num_parts = (node->dims[3] * node->dims[4] + ROWS_PER_PART - 1) / ROWS_PER_PART;
  command->part_cost = ROWS_PER_PART * (8 + node->dims[5] / 4);
  return 1;
}

// A part is an outer slice.
static void run_concat(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  (void)scratch;
  const ProgramNode *node = command->node;
  uint32_t bytes = node->dims[5] * dtype_bytes(node->dtype[0]);
  for (uint32_t outer = first; outer < last; outer++) {
    uint8_t *out = (uint8_t *)command->out + (uint64_t)outer * node->dims[4] * bytes;
    for (uint32_t w = 0; w < 3; w++) {
      if (node->dtype[1 + w] == 0) continue;
      uint32_t run = node->operand[w].dims[4] * bytes;
      copy_run(out, (const uint8_t *)command->operand[w] + (uint64_t)outer * run, run);
      out += run;
    }
  }
}

int prepare_concat(struct command *command) {
  const ProgramNode *node = command->node;
  if (node_elements(node) == 0) return 0;
  command->kernel = run_concat;
  command->num_parts = node->dims[3];
  command->part_cost = 8 + node->dims[4] * node->dims[5] / 4;
  return 1;
}
