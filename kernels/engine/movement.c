// Gather and Concat: copies of runs of bytes.
#include "movement.h"

#include "engine.h"

enum { PART_ELEMENTS = 8192, MAX_INDICES = 8192, PIECE_BYTES = 32768 };

static inline void copy_run(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  switch (bytes) {
    case 1: *to = *from; return;
    case 4: __builtin_memcpy(to, from, 4); return;
    case 8: __builtin_memcpy(to, from, 8); return;
    default: __builtin_memcpy(to, from, bytes); return;
  }
}

// One element for each index. `index` holds no NO_ELEMENT.
static void gather_words(uint32_t *out, const uint32_t *a, const int32_t *index, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) out[i] = a[index[i]];
}

// A part is shape[0] outer slices.
static void run_gather(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  const ProgramNode *node = command->node;
  uint32_t n = node->dims[4], axis = node->operand[0].dims[4], bytes = node->dims[5] * dtype_bytes(node->dtype[0]);
  uint32_t end = min_u32(last * command->shape[0], node->dims[3]);
  int is_complete = 1;
  for (uint32_t i = 0; i < n; i++) {
    scratch->offsets[i] = (int32_t)index_at(node->dtype[2], command->operand[1], i, axis);
    if ((uint32_t)scratch->offsets[i] == NO_ELEMENT) is_complete = 0;
  }
  for (uint32_t outer = first * command->shape[0]; outer < end; outer++) {
    const uint8_t *a = (const uint8_t *)command->operand[0] + outer * axis * bytes;
    uint8_t *out = (uint8_t *)command->out + outer * n * bytes;
    if (bytes == 4 && is_complete) {
      gather_words((uint32_t *)out, (const uint32_t *)a, scratch->offsets, n);
      continue;
    }
    for (uint32_t i = 0; i < n; i++, out += bytes) {
      if ((uint32_t)scratch->offsets[i] == NO_ELEMENT) __builtin_memset(out, 0, bytes);
      else copy_run(out, a + (uint32_t)scratch->offsets[i] * bytes, bytes);
    }
  }
}

int prepare_gather(struct command *command) {
  const ProgramNode *node = command->node;
  if (node_elements(node) == 0 || node->dims[4] > MAX_INDICES) return 0;
  uint32_t slice = node->dims[4] * node->dims[5];
  command->shape[0] = slice >= PART_ELEMENTS ? 1 : PART_ELEMENTS / slice;
  command->kernel = run_gather;
  command->num_parts = (node->dims[3] + command->shape[0] - 1) / command->shape[0];
  command->part_cost = command->shape[0] * slice;
  return 1;
}

static uint32_t concat_pieces(uint32_t slice_bytes) { return (slice_bytes + PIECE_BYTES - 1) / PIECE_BYTES; }

// A part is up to PIECE_BYTES of an outer slice.
static void run_concat(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  (void)scratch;
  const ProgramNode *node = command->node;
  uint32_t bytes = node->dims[5] * dtype_bytes(node->dtype[0]), slice = node->dims[4] * bytes, pieces = concat_pieces(slice);
  for (uint32_t i = first; i < last; i++) {
    uint32_t outer = i / pieces, from = i % pieces * PIECE_BYTES, to = min_u32(slice - from, PIECE_BYTES) + from, at = 0;
    for (uint32_t w = 0; w < 3 && at < to; w++) {
      if (node->dtype[1 + w] == 0) continue;
      uint32_t run = node->operand[w].dims[4] * bytes, start = from > at ? from - at : 0, end = min_u32(to - at, run);
      const uint8_t *a = (const uint8_t *)command->operand[w] + (uint64_t)outer * run;
      if (start < end) copy_run((uint8_t *)command->out + (uint64_t)outer * slice + at + start, a + start, end - start);
      at += run;
    }
  }
}

int prepare_concat(struct command *command) {
  const ProgramNode *node = command->node;
  if (node_elements(node) == 0) return 0;
  uint32_t slice = node->dims[4] * node->dims[5] * dtype_bytes(node->dtype[0]);
  command->kernel = run_concat;
  command->num_parts = node->dims[3] * concat_pieces(slice);
  command->part_cost = 8 + min_u32(slice, PIECE_BYTES) / 8;
  return 1;
}
