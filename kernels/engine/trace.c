#include "trace.h"

#include "../keccak/keccak.h"

#define EXPORT __attribute__((visibility("default")))

enum { PAIR_BYTES = 2 * HASH_BYTES };

static uint32_t load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

static uint32_t half(uint32_t count) { return (count + 1) / 2; }

static uint32_t unit_height(uint32_t block_height) { return min_u32(HASH_UNIT_HEIGHT, block_height); }

static uint32_t blocks_of(uint32_t num_bytes) { return num_bytes == 0 ? 1 : (num_bytes - 1) / BLOCK_BYTES + 1; }

static uint32_t units_of(uint32_t num_blocks) { return (num_blocks + HASH_UNIT_BLOCKS - 1) / HASH_UNIT_BLOCKS; }

static int blocks_differ(const uint8_t *a, const uint8_t *b, uint32_t size) {
  uint64_t x[16] = {0}, y[16] = {0}, differs = 0;
  if (size == BLOCK_BYTES) {
    __builtin_memcpy(x, a, BLOCK_BYTES);
    __builtin_memcpy(y, b, BLOCK_BYTES);
  } else {
    __builtin_memcpy(x, a, size);
    __builtin_memcpy(y, b, size);
  }
  for (int i = 0; i < 16; i++) differs |= x[i] ^ y[i];
  return differs != 0;
}

static void hash_pair(const uint8_t *left, const uint8_t *right, uint8_t *out) {
  uint8_t heap[2 * PAIR_BYTES];
  __builtin_memcpy(heap + PAIR_BYTES, left, HASH_BYTES);
  __builtin_memcpy(heap + PAIR_BYTES + HASH_BYTES, right, HASH_BYTES);
  update_path(heap, 2);
  __builtin_memcpy(out, heap + HASH_BYTES, HASH_BYTES);
}

// The level above `in`, of half(count) hashes, to `out`, which is not `in`: only nodes over a hash that has changed. An odd last hash has
// `zero` beside it. On return `changed` says which nodes of the new level have changed.
static void hash_level(const uint8_t *in, uint32_t count, const uint8_t *zero, uint8_t *changed, uint8_t *out) {
  uint32_t num_pairs = count / 2;
  for (uint32_t i = 0; i < num_pairs; i++) changed[i] = changed[2 * i] | changed[2 * i + 1];
  if (count & 1) changed[num_pairs] = changed[count - 1];
  for (uint32_t i = 0, end; i < num_pairs; i = end) {
    for (end = i + 1; end < num_pairs && changed[end] == changed[i]; end++) {}
    if (!changed[i]) continue;
    if (end == i + 1) hash_pair(in + i * PAIR_BYTES, in + i * PAIR_BYTES + HASH_BYTES, out + i * HASH_BYTES);
    else hash_pairs(in + i * PAIR_BYTES, end - i, out + i * HASH_BYTES);
  }
  if ((count & 1) && changed[num_pairs]) hash_pair(in + num_pairs * PAIR_BYTES, zero, out + num_pairs * HASH_BYTES);
}

// Leaves of blocks first ... first + count - 1 that have changed.
static void hash_leaves(const struct output_trace *output, uint32_t first, uint32_t count, const uint8_t *changed, uint8_t *out) {
  const uint8_t *bytes = output->bytes + (uint64_t)first * BLOCK_BYTES;
  uint32_t num_full = min_u32(output->num_bytes / BLOCK_BYTES - first, count);
  for (uint32_t i = 0, end; i < num_full; i = end) {
    for (end = i + 1; end < num_full && changed[end] == changed[i]; end++) {}
    if (changed[i]) hash_blocks(bytes + i * BLOCK_BYTES, end - i, out + i * HASH_BYTES);
  }
  if (num_full == count || !changed[num_full]) return;
  uint8_t last[BLOCK_BYTES] = {0};
  __builtin_memcpy(last, bytes + num_full * BLOCK_BYTES, output->num_bytes % BLOCK_BYTES);
  hash_blocks(last, 1, out + num_full * HASH_BYTES);
}

static void find_changed(const struct trace *trace, const struct output_trace *output, uint32_t first, uint32_t count, uint8_t *changed) {
  int is_compared = trace->is_incremental && output->previous != 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t start = (first + i) * BLOCK_BYTES;
    changed[i] = !is_compared || blocks_differ(output->bytes + start, output->previous + start, min_u32(BLOCK_BYTES, output->num_bytes - start));
  }
}

// A tree: the levels from that of the units up, [num_units], [half], ... until block_height; whether a unit has changed, [num_units];
// then, if it is kept, the levels from the blocks up to below the units.
static uint64_t upper_hashes(uint32_t num_units) { return 2 * (uint64_t)num_units + MAX_BLOCK_HEIGHT + 2; }

static uint8_t *unit_flags(const struct output_trace *output) { return output->tree + upper_hashes(output->num_units) * HASH_BYTES; }

static uint8_t *lower_levels(const struct output_trace *output) { return unit_flags(output) + (output->num_units + 15) / 16 * 16; }

// Hashes one unit of an output: its leaves and what is above them.
static void hash_unit(const struct trace *trace, struct output_trace *output, uint32_t unit, struct scratch *scratch) {
  uint8_t changed[HASH_UNIT_BLOCKS], any = 0;
  uint32_t first = unit * HASH_UNIT_BLOCKS, width = output->num_blocks, count = min_u32(HASH_UNIT_BLOCKS, width - first);
  uint32_t height = unit_height(trace->block_height);
  int is_kept = output->previous != 0;
  uint8_t *levels = is_kept ? lower_levels(output) : (uint8_t *)scratch->acc; // of the whole output, or of this unit
  uint8_t *root = output->tree + unit * HASH_BYTES;
  find_changed(trace, output, first, count, changed);
  for (uint32_t i = 0; i < count; i++) any |= changed[i];
  unit_flags(output)[unit] = any;
  if (!any) return;
  if (!is_kept) width = count, first = 0;
  uint8_t *level = height == 0 ? root : levels + first * HASH_BYTES;
  hash_leaves(output, unit * HASH_UNIT_BLOCKS, count, changed, level);
  for (uint32_t h = 0; h < height; h++, count = half(count)) {
    levels += (uint64_t)width * HASH_BYTES, width = half(width), first /= 2;
    uint8_t *above = h + 1 == height ? root : levels + first * HASH_BYTES;
    hash_level(level, count, trace->zeros + h * HASH_BYTES, changed, above);
    level = above;
  }
}

// The root of an output from its units.
static void hash_root(const struct trace *trace, struct output_trace *output, uint8_t *root) {
  uint8_t *level = output->tree, *changed = unit_flags(output);
  if (output->num_bytes == 0) level = (uint8_t *)trace->zeros + trace->block_height * HASH_BYTES;
  else
    for (uint32_t h = unit_height(trace->block_height), count = output->num_units; h < trace->block_height; h++) {
      uint8_t *above = level + (uint64_t)count * HASH_BYTES;
      hash_level(level, count, trace->zeros + h * HASH_BYTES, changed, above);
      level = above, count = half(count);
    }
  __builtin_memcpy(root, level, HASH_BYTES);
}

static void do_unit(const struct trace *trace, uint32_t stage, uint32_t unit, struct scratch *scratch) {
  struct output_trace *output = &trace->outputs[stage];
  if (output->num_bytes != 0) hash_unit(trace, output, unit, scratch);
  if (__atomic_add_fetch(&output->num_hashed, 1, __ATOMIC_SEQ_CST) < output->num_units) return;
  hash_root(trace, output, trace->roots + stage * HASH_BYTES);
  __atomic_add_fetch(&output->num_hashed, 1, __ATOMIC_SEQ_CST);
}

int trace_take(const struct plan *plan, struct scratch *scratch) {
  struct trace *trace = plan->trace;
  for (uint64_t next = __atomic_load_n(&trace->next, __ATOMIC_SEQ_CST);;) {
    uint32_t stage = (uint32_t)(next >> 32), unit = (uint32_t)next;
    if (stage == plan->num_stages || load(&plan->stages[stage].done) < plan->stages[stage].num_units) return 0;
    uint64_t after = unit + 1 < trace->outputs[stage].num_units ? next + 1 : (uint64_t)(stage + 1) << 32;
    if (!__atomic_compare_exchange_n(&trace->next, &next, after, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) continue;
    do_unit(trace, stage, unit, scratch);
    return 1;
  }
}

// INVARIANT: the stage before is done, so that what it required is hashed.
void trace_before_stage(const struct plan *plan, uint32_t stage, struct scratch *scratch) {
  const struct output_trace *outputs = plan->trace->outputs;
  for (uint32_t i = stage == 0 ? 0 : outputs[stage - 1].num_required; i < outputs[stage].num_required; i++)
    while (load(&outputs[i].num_hashed) < outputs[i].num_units) trace_take(plan, scratch);
}

void trace_finish(const struct plan *plan, int is_waiting, struct scratch *scratch) {
  const struct output_trace *outputs = plan->trace->outputs;
  while (trace_take(plan, scratch)) {}
  for (uint32_t i = 0; is_waiting && i < plan->num_stages; i++)
    while (load(&outputs[i].num_hashed) <= outputs[i].num_units) {}
}

void trace_alone(const struct plan *plan, uint32_t stage, struct scratch *scratch) {
  for (uint32_t unit = 0; unit < plan->trace->outputs[stage].num_units; unit++) do_unit(plan->trace, stage, unit, scratch);
}

// Bytes of memory for the tree of an output, of which a copy of the step before is there or not.
EXPORT uint32_t engine_trace_bytes(uint32_t num_bytes, uint32_t has_previous) {
  uint32_t num_blocks = blocks_of(num_bytes), num_units = units_of(num_blocks);
  uint64_t lower = has_previous ? 2 * (uint64_t)num_blocks + HASH_UNIT_HEIGHT : 0;
  return (uint32_t)((upper_hashes(num_units) + lower) * HASH_BYTES + (num_units + 15) / 16 * 16);
}

// Completes a trace over a plan of one command a stage, whose commands are complete.
EXPORT void engine_make_trace(const struct plan *plan, struct trace *trace) {
  for (uint32_t i = 0; i < plan->num_stages; i++) {
    struct output_trace *output = &trace->outputs[i];
    output->bytes = plan->commands[i].out;
    output->num_bytes = plan->commands[i].node->length_bytes;
    output->num_blocks = blocks_of(output->num_bytes);
    output->num_units = units_of(output->num_blocks);
  }
}

// Before each step: whether roots are made (null: they are not), and whether the step before left trees and copies to compare with.
EXPORT void engine_begin_trace(struct plan *plan, struct trace *trace, uint32_t is_incremental) {
  plan->trace = trace;
  if (trace == 0) return;
  trace->is_incremental = is_incremental;
  trace->next = 0;
  for (uint32_t i = 0; i < plan->num_stages; i++) trace->outputs[i].num_hashed = 0;
}

// Sizes of the structs, for the library.
EXPORT uint32_t engine_trace_size(uint32_t what) { return what == 0 ? sizeof(struct trace) : sizeof(struct output_trace); }
