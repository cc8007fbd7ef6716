// Roots of the outputs of a run (spec/05): the threads of the run hash them where they lie, in the time that computing leaves and in
// turns with it.
#ifndef OPML_ENGINE_TRACE_H
#define OPML_ENGINE_TRACE_H

#include "plan.h"

enum { HASH_BYTES = 32, HASH_UNIT_HEIGHT = 7, HASH_UNIT_BLOCKS = 1 << HASH_UNIT_HEIGHT, MAX_BLOCK_HEIGHT = 23 };

// The output of one stage. The library writes the first three fields, engine_make_trace the rest; on a cache line of its own.
struct output_trace {
  // Outputs before this stage's own that must be hashed before it begins, since it or a later one may take their place.
  _Alignas(64) uint32_t num_required;
  // A copy of the output of the step before, or null: where there is one, only blocks that differ are hashed, in a tree that is kept.
  const uint8_t *previous;
  uint8_t *tree; // engine_trace_bytes of memory
  const uint8_t *bytes;
  uint32_t num_bytes, num_blocks, num_units;
  uint32_t num_hashed; // units, and one more when the root is there; atomic
};

// The library writes the first four fields.
struct trace {
  struct output_trace *outputs; // [num_stages]
  uint8_t *roots;               // [num_stages][HASH_BYTES]
  const uint8_t *zeros;         // [MAX_BLOCK_HEIGHT + 1][HASH_BYTES]: Z_k
  uint32_t block_height;
  uint32_t is_incremental; // whether trees and `previous` are those of the step before
  _Alignas(64) uint64_t next; // stage << 32 | unit that nobody has taken yet; atomic
};

// Waits until the outputs are hashed that the stage may overwrite, and helps with it.
void trace_before_stage(const struct plan *plan, uint32_t stage, struct scratch *scratch);

// Hashes one unit if there is one; 0 if not.
int trace_take(const struct plan *plan, struct scratch *scratch);

// Hashes until no unit of the plan is left; then waits for the others' units, if that is asked for.
void trace_finish(const struct plan *plan, int is_waiting, struct scratch *scratch);

// Hashes the output of a stage on this thread alone.
void trace_alone(const struct plan *plan, uint32_t stage, struct scratch *scratch);

#endif
