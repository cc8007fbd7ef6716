// Gather and Concat: copies of runs of bytes.
#include "movement.h"

#include <wasm_simd128.h>

#include "engine.h"

enum { PART_ELEMENTS = 8192, MAX_INDICES = 8192, PIECE_BYTES = 32768 };

static inline void copy_run(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  switch (bytes) {
    case 1: *to = *from; return;
    case 2: __builtin_memcpy(to, from, 2); return;
    case 4: __builtin_memcpy(to, from, 4); return;
    case 8: __builtin_memcpy(to, from, 8); return;
    default: __builtin_memcpy(to, from, bytes); return;
  }
}

// Every element of a twice, side by side: 2 n elements of `bytes` bytes, 1, 2 or 4.
static void double_elements(uint32_t bytes, uint8_t *out, const uint8_t *a, uint32_t n) {
  uint32_t size = n * bytes, i = 0;
  for (; i + 16 <= size; i += 16) {
    v128_t x = wasm_v128_load(a + i), low = wasm_i32x4_shuffle(x, x, 0, 0, 1, 1), high = wasm_i32x4_shuffle(x, x, 2, 2, 3, 3);
    if (bytes == 2) {
      low = wasm_i16x8_shuffle(x, x, 0, 0, 1, 1, 2, 2, 3, 3);
      high = wasm_i16x8_shuffle(x, x, 4, 4, 5, 5, 6, 6, 7, 7);
    } else if (bytes == 1) {
      low = wasm_i8x16_shuffle(x, x, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
      high = wasm_i8x16_shuffle(x, x, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15);
    }
    wasm_v128_store(out + 2 * i, low);
    wasm_v128_store(out + 2 * i + 16, high);
  }
  for (; i < size; i += bytes)
    for (uint32_t b = 0; b < bytes; b++) out[2 * i + b] = out[2 * i + bytes + b] = a[i + b];
}

#define GATHER(type)                                                                           \
  for (uint32_t i = 0; i < n; i++) ((type *)out)[i] = ((const type *)a)[index[i]]

// One element of `bytes` bytes, 1, 2, 4 or 8, for each index. `index` holds no NO_ELEMENT.
static void gather_elements(uint32_t bytes, void *out, const void *a, const int32_t *index, uint32_t n) {
  switch (bytes) {
    case 1: GATHER(uint8_t); return;
    case 2: GATHER(uint16_t); return;
    case 4: GATHER(uint32_t); return;
    default: GATHER(uint64_t); return;
  }
}

// Whether the indices name each of `axis` elements twice, in order: what doubles an image.
static int is_doubling(const int32_t *index, uint32_t n, uint32_t axis) {
  if (n != 2 * axis) return 0;
  for (uint32_t i = 0; i < n; i++)
    if (index[i] != (int32_t)(i / 2)) return 0;
  return 1;
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
  int is_element = is_complete && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
  int doubles = is_element && bytes != 8 && is_doubling(scratch->offsets, n, axis);
  for (uint32_t outer = first * command->shape[0]; outer < end; outer++) {
    const uint8_t *a = (const uint8_t *)command->operand[0] + outer * axis * bytes;
    uint8_t *out = (uint8_t *)command->out + outer * n * bytes;
    if (is_element) {
      if (doubles) double_elements(bytes, out, a, axis);
      else gather_elements(bytes, out, a, scratch->offsets, n);
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
