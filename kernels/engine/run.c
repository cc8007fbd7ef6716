// Walks the plan. Threads claim units of a stage one by one and wait until all of a stage are done, so that a thread that comes late
// or never costs nothing: who is there does the work.
#include "trace.h"

#define EXPORT __attribute__((visibility("default")))

enum { SPINS = 4000, MAX_SLEEP_NS = 1000000, UNITS_PER_STAGE = 64, MIN_UNIT_COST = 16384, MIN_SHARED_COST = 1 << 21 };

static uint32_t load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
static void store(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }
static uint32_t fetch_add(uint32_t *word, uint32_t value) { return __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST); }

static void run_command(const struct command *command, struct scratch *scratch) { command->kernel(command, 0, command->num_parts, scratch); }

static void run_unit(const struct plan *plan, const struct stage *stage, uint32_t unit, struct scratch *scratch) {
  const struct command *command = &plan->commands[stage->first];
  if (stage->num_units == 1) {
    for (uint32_t i = 0; i < stage->count; i++) run_command(command + i, scratch);
    return;
  }
  uint32_t first = unit * stage->unit_parts;
  command->kernel(command, first, min_u32(first + stage->unit_parts, command->num_parts), scratch);
}

// Waits until a stage is done: hashing if there is something to hash, else a short spin, then asleep if that is allowed.
static void await_stage(const struct plan *plan, struct stage *stage, uint32_t can_block, struct scratch *scratch) {
  for (uint32_t spins = 0;; spins++) {
    uint32_t done = load(&stage->done);
    if (done >= stage->num_units) return;
    if (plan->trace != 0 && trace_take(plan, scratch)) spins = 0;
    if (spins > SPINS && can_block) __builtin_wasm_memory_atomic_wait32((int *)&stage->done, (int)done, MAX_SLEEP_NS);
  }
}

// Takes part in a stage until no unit is left.
static void work_on(const struct plan *plan, struct stage *stage, struct scratch *scratch) {
  for (;;) {
    uint32_t unit = load(&stage->claimed) < stage->num_units ? fetch_add(&stage->claimed, 1) : stage->num_units;
    if (unit >= stage->num_units) return;
    run_unit(plan, stage, unit, scratch);
    if (fetch_add(&stage->done, 1) + 1 == stage->num_units) __builtin_wasm_memory_atomic_notify((int *)&stage->done, UINT32_MAX);
  }
}

// Bounds the plan's stages: with `is_single` one command each, so that a run can stop after any. Returns their number, at most num_commands.
EXPORT uint32_t engine_make_stages(struct plan *plan, uint32_t is_single) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < plan->num_commands;) {
    struct stage *stage = &plan->stages[count++];
    const struct command *command = &plan->commands[i];
    uint64_t cost = (uint64_t)command->num_parts * command->part_cost;
    uint32_t unit_parts = (command->num_parts + UNITS_PER_STAGE - 1) / UNITS_PER_STAGE;
    if (unit_parts == 0) unit_parts = 1;
    while (unit_parts < command->num_parts && (uint64_t)unit_parts * command->part_cost < MIN_UNIT_COST) unit_parts++;
    *stage = (struct stage){.first = i, .count = 1, .num_units = 1, .unit_parts = command->num_parts};
    i++;
    if (command->num_parts > unit_parts && cost > 4 * MIN_UNIT_COST) {
      stage->unit_parts = unit_parts;
      stage->num_units = (command->num_parts + unit_parts - 1) / unit_parts;
    } else if (!is_single) {
      while (i < plan->num_commands && (uint64_t)plan->commands[i].num_parts * plan->commands[i].part_cost <= 4 * MIN_UNIT_COST) i++;
      stage->count = i - stage->first;
    }
  }
  plan->num_stages = count;
  return count;
}

// Whether waking workers pays: it takes as long as some 2^19 multiply-adds, and small stages are over before they come.
EXPORT int engine_is_shared(const struct plan *plan) {
  uint64_t cost = 0;
  for (uint32_t i = 0; i < plan->num_stages; i++) {
    const struct command *command = &plan->commands[plan->stages[i].first];
    if (plan->stages[i].num_units > 1) cost += (uint64_t)command->num_parts * command->part_cost;
  }
  return cost > MIN_SHARED_COST;
}

// One thread, no meeting: stages first ... last - 1.
EXPORT void engine_run_alone(const struct plan *plan, uint32_t first, uint32_t last, struct scratch *scratch) {
  for (uint32_t s = first; s < last; s++) {
    for (uint32_t i = 0; i < plan->stages[s].count; i++) run_command(&plan->commands[plan->stages[s].first + i], scratch);
    if (plan->trace != 0) trace_alone(plan, s, scratch);
  }
}

// Opens stages from `first` on to workers.
EXPORT void engine_open(struct plan *plan, uint32_t first) {
  plan->first = first;
  for (uint32_t i = first; i < plan->num_stages; i++) {
    store(&plan->stages[i].claimed, 0);
    store(&plan->stages[i].done, 0);
  }
  store(&plan->limit, 0);
  store(&plan->open, 1);
}

// Closes the run and waits until every worker has left.
EXPORT void engine_close(struct plan *plan) {
  store(&plan->open, 0);
  while (load(&plan->active) != 0) {}
}

// The caller's part of stages first ... last - 1, which are done on return. `can_block` is 0 on a browser's main thread.
EXPORT void engine_run(struct plan *plan, uint32_t first, uint32_t last, uint32_t can_block, struct scratch *scratch) {
  store(&plan->limit, last);
  for (uint32_t s = first; s < last; s++) {
    struct stage *stage = &plan->stages[s];
    if (plan->trace != 0) trace_before_stage(plan, s, scratch);
    work_on(plan, stage, scratch);
    await_stage(plan, stage, can_block, scratch);
  }
  if (plan->trace != 0 && last == plan->num_stages) trace_finish(plan, 1, scratch);
}

// A worker's part of a run, if one is open: returns when it is over or closed.
EXPORT void engine_help(struct plan *plan, struct scratch *scratch) {
  fetch_add(&plan->active, 1);
  if (load(&plan->open) != 0) {
    for (uint32_t s = plan->first; s < plan->num_stages && load(&plan->open) != 0;) {
      struct stage *stage = &plan->stages[s];
      if (s >= load(&plan->limit)) continue;
      if (plan->trace != 0) trace_before_stage(plan, s, scratch);
      work_on(plan, stage, scratch);
      await_stage(plan, stage, 1, scratch);
      s++;
    }
    if (plan->trace != 0 && load(&plan->open) != 0) trace_finish(plan, 0, scratch);
  }
  fetch_add(&plan->active, UINT32_MAX);
}

// First free address.
extern uint8_t __heap_base;
EXPORT uint8_t *heap_base(void) { return &__heap_base; }

EXPORT uint32_t engine_size(uint32_t what) {
  switch (what) {
    case 0: return sizeof(struct command);
    case 1: return sizeof(struct plan);
    case 2: return sizeof(struct stage);
    default: return SCRATCH_BYTES;
  }
}
