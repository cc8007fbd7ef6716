// Walks the plan. Every thread has a share of a stage's units, the same rows from stage to stage, so that what it reads lies in its own
// cache; when its share is done it takes units of the others', and waits for those that others have taken. A thread that comes late or
// never costs nothing: who is there does the work.
#include "trace.h"

#define EXPORT __attribute__((visibility("default")))

// Waking a thread that sleeps takes tens of microseconds, as long as most stages: threads look for a while before they sleep.
enum { SPINS = 1 << 17, MAX_SLEEP_NS = 1000000, UNITS_PER_STAGE = 64, MIN_UNIT_COST = 16384 };

static uint32_t load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
static void store(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }
static uint32_t fetch_add(uint32_t *word, uint32_t value) { return __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST); }

// All commands of a stage; followers are run by the command that they follow.
static void run_all(const struct plan *plan, const struct stage *stage, struct scratch *scratch) {
  const struct command *command = &plan->commands[stage->first], *end = command + stage->count;
  for (; command < end; command += 1 + command->num_followers) {
    scratch->begun = 0;
    command->kernel(command, 0, command->num_parts, scratch);
  }
}

static void run_unit(const struct plan *plan, const struct stage *stage, uint32_t unit, struct scratch *scratch) {
  if (stage->num_units == 1) {
    run_all(plan, stage, scratch);
    return;
  }
  const struct command *command = &plan->commands[stage->first];
  uint32_t first = unit * stage->unit_parts;
  command->kernel(command, first, min_u32(first + stage->unit_parts, command->num_parts), scratch);
}

// Waits until a stage is done: hashing if there is something to hash, else looking for a while, then asleep if that is allowed.
static void await_stage(const struct plan *plan, struct stage *stage, uint32_t can_block, struct scratch *scratch) {
  for (uint32_t spins = 0;; spins++) {
    uint32_t done = load(&stage->done);
    if (done >= stage->num_units) return;
    if (plan->trace != 0 && trace_take(plan, scratch)) spins = 0;
    if (spins < SPINS || !can_block) continue;
    fetch_add(&stage->num_sleepers, 1);
    __builtin_wasm_memory_atomic_wait32((int *)&stage->done, (int)done, MAX_SLEEP_NS);
    fetch_add(&stage->num_sleepers, UINT32_MAX);
  }
}

// First unit of a thread's share of a stage.
static uint32_t share_start(const struct plan *plan, const struct stage *stage, uint32_t thread) {
  return (stage->num_units * thread + plan->num_threads - 1) / plan->num_threads;
}

// Does what is left of the share of `owner`; returns the number of units.
static uint32_t work_on_share(const struct plan *plan, const struct stage *stage, uint32_t owner, struct scratch *scratch) {
  struct claim *claim = &plan->claims[(uint32_t)(stage - plan->stages) * plan->num_threads + owner];
  uint32_t start = share_start(plan, stage, owner), size = share_start(plan, stage, owner + 1) - start, count = 0;
  for (; load(&claim->num_taken) < size; count++) {
    uint32_t unit = fetch_add(&claim->num_taken, 1);
    if (unit >= size) break;
    run_unit(plan, stage, start + unit, scratch);
  }
  return count;
}

// Takes part in a stage until no unit is left.
static void work_on(const struct plan *plan, struct stage *stage, uint32_t thread, struct scratch *scratch) {
  uint32_t count = 0;
  scratch->begun = 0;
  for (uint32_t i = 0, owner = thread; i < plan->num_threads; i++) {
    count += work_on_share(plan, stage, owner, scratch);
    if (++owner == plan->num_threads) owner = 0;
  }
  if (count == 0 || fetch_add(&stage->done, count) + count < stage->num_units) return;
  if (load(&stage->num_sleepers) != 0) __builtin_wasm_memory_atomic_notify((int *)&stage->done, UINT32_MAX);
}

// Multiply-adds of a command and its followers, about.
static uint64_t chain_cost(const struct command *command) {
  uint64_t cost = 0;
  for (uint32_t i = 0; i <= command->num_followers; i++) cost += (uint64_t)command[i].num_parts * command[i].part_cost;
  return cost;
}

// Units of the fewest parts that are worth a claim, in at most UNITS_PER_STAGE pieces.
static uint32_t unit_parts(uint32_t num_parts, uint64_t cost) {
  uint32_t parts = (num_parts + UNITS_PER_STAGE - 1) / UNITS_PER_STAGE;
  while (parts < num_parts && parts * cost < (uint64_t)MIN_UNIT_COST * num_parts) parts++;
  return parts;
}

// Bounds the plan's stages: with `is_single` one command each, so that a run can stop after any. Returns their number, at most num_commands.
EXPORT uint32_t engine_make_stages(struct plan *plan, uint32_t is_single) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < plan->num_commands;) {
    struct stage *stage = &plan->stages[count++];
    const struct command *command = &plan->commands[i];
    uint64_t cost = chain_cost(command);
    uint32_t parts = unit_parts(command->num_parts, cost);
    *stage = (struct stage){.first = i, .count = 1 + command->num_followers, .num_units = 1, .unit_parts = command->num_parts};
    i += stage->count;
    if (command->num_parts > parts && cost > 2 * MIN_UNIT_COST) {
      stage->unit_parts = parts;
      stage->num_units = (command->num_parts + parts - 1) / parts;
    } else if (!is_single) {
      while (i < plan->num_commands && chain_cost(&plan->commands[i]) <= 2 * MIN_UNIT_COST) i += 1 + plan->commands[i].num_followers;
      stage->count = i - stage->first;
    }
  }
  plan->num_stages = count;
  return count;
}

// Whether waking workers pays.
EXPORT int engine_is_shared(const struct plan *plan) {
  uint64_t cost = 0;
  for (uint32_t i = 0; i < plan->num_stages; i++)
    if (plan->stages[i].num_units > 1) cost += chain_cost(&plan->commands[plan->stages[i].first]);
  return cost > plan->min_shared_cost;
}

// One thread, no meeting: stages first ... last - 1.
EXPORT void engine_run_alone(const struct plan *plan, uint32_t first, uint32_t last, struct scratch *scratch) {
  for (uint32_t s = first; s < last; s++) {
    run_all(plan, &plan->stages[s], scratch);
    if (plan->trace != 0) trace_alone(plan, s, scratch);
  }
}

// Opens stages from `first` on to workers.
EXPORT void engine_open(struct plan *plan, uint32_t first) {
  plan->first = first;
  for (uint32_t i = first; i < plan->num_stages; i++) plan->stages[i].done = plan->stages[i].num_sleepers = 0;
  for (uint32_t i = first * plan->num_threads; i < plan->num_stages * plan->num_threads; i++) plan->claims[i].num_taken = 0;
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
    work_on(plan, stage, 0, scratch);
    await_stage(plan, stage, can_block, scratch);
  }
  if (plan->trace != 0 && last == plan->num_stages) trace_finish(plan, 1, scratch);
}

// The part of worker `thread`, from 1 on, of a run, if one is open: returns when it is over or closed.
EXPORT void engine_help(struct plan *plan, uint32_t thread, struct scratch *scratch) {
  fetch_add(&plan->active, 1);
  if (load(&plan->open) != 0) {
    for (uint32_t s = plan->first; s < plan->num_stages && load(&plan->open) != 0;) {
      struct stage *stage = &plan->stages[s];
      if (s >= load(&plan->limit)) continue;
      if (plan->trace != 0) trace_before_stage(plan, s, scratch);
      work_on(plan, stage, thread, scratch);
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
    case 3: return sizeof(struct claim);
    default: return SCRATCH_BYTES;
  }
}
