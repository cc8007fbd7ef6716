// Gather of single elements of one table, by i32 indices: how quantised models compute functions.
#include <wasm_simd128.h>

#include "engine.h"

enum { PART_ELEMENTS = 4096 };

// Indices at a time: where all of them are inside of the table they are counted from its start by vectors.
enum { NUM_AT_ONCE = 16 };

// at[16] = the indices counted from the start; 0 if one is out of range.
static int count_from_start(const int32_t *index, uint32_t size, uint32_t *at) {
  v128_t sizes = wasm_i32x4_splat((int32_t)size), inside = wasm_i32x4_splat(-1);
  for (uint32_t i = 0; i < NUM_AT_ONCE; i += 4) {
    v128_t x = wasm_v128_load(index + i), counted = wasm_i32x4_add(x, wasm_v128_and(wasm_i32x4_shr(x, 31), sizes));
    inside = wasm_v128_and(inside, wasm_u32x4_lt(counted, sizes));
    wasm_v128_store(at + i, counted);
  }
  return wasm_i32x4_all_true(inside);
}

#define LOOK_UP(type)                                                                          \
  do {                                                                                         \
    const type *x = table;                                                                     \
    type *y = command->out;                                                                    \
    uint32_t i = first, at[NUM_AT_ONCE];                                                       \
    for (; i + NUM_AT_ONCE <= end && count_from_start(index + i, size, at); i += NUM_AT_ONCE)  \
      for (uint32_t j = 0; j < NUM_AT_ONCE; j++) y[i + j] = x[at[j]];                          \
    for (; i < end; i++) {                                                                     \
      uint32_t place = (uint32_t)(index[i] + (index[i] >> 31 & (int32_t)size));                \
      y[i] = place < size ? x[place] : (type)0;                                                \
    }                                                                                          \
  } while (0)

// A part is PART_ELEMENTS indices; a negative one counts from the end, and one out of range gives 0.
static void run_gather_table(const struct command *command, uint32_t first_part, uint32_t last_part, struct scratch *scratch) {
  (void)scratch;
  const ProgramNode *node = command->node;
  const int32_t *index = command->operand[1];
  const void *table = command->operand[0];
  uint32_t size = node->operand[0].dims[4], first = first_part * PART_ELEMENTS, end = min_u32(last_part * PART_ELEMENTS, node->dims[4]);
  switch (dtype_bytes(node->dtype[0])) {
    case 1: LOOK_UP(uint8_t); return;
    case 2: LOOK_UP(uint16_t); return;
    case 4: LOOK_UP(uint32_t); return;
    default: LOOK_UP(uint64_t); return;
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
