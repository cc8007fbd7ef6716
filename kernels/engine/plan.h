// The plan that every thread walks, and how threads meet.
#ifndef OPML_ENGINE_PLAN_H
#define OPML_ENGINE_PLAN_H

#include "engine.h"

// Commands that run one after the other: one command shared among threads, or several small ones that one thread does.
struct stage {
  _Alignas(64) uint32_t first;
  uint32_t count;
  uint32_t num_units; // of unit_parts parts each; 1 where several commands are one unit
  uint32_t unit_parts;
  _Alignas(64) uint32_t done; // units; atomic
  uint32_t num_sleepers;      // threads asleep until all are done; atomic
};

struct trace;

// How many units of a thread's share of a stage are taken, on a cache line of its own: cores take 0.2 us to hand one over.
struct claim {
  _Alignas(64) uint32_t num_taken; // atomic
};

// The library writes the first six fields, whose offsets enginePlan.ts knows.
struct plan {
  _Alignas(64) struct command *commands;
  uint32_t num_commands;
  struct stage *stages; // room for num_commands
  struct claim *claims; // [num_stages][num_threads], room for num_commands stages
  uint32_t num_threads;
  uint32_t min_shared_cost; // multiply-adds in stages of several units, from which on workers are called
  uint32_t num_stages;
  uint32_t first; // stage where the open run begins
  _Alignas(64) uint32_t open;   // whether workers may help; atomic
  _Alignas(64) uint32_t active; // workers inside; atomic
  _Alignas(64) uint32_t limit;  // stages that may be entered; atomic
  struct trace *trace;          // of the run, or null (trace.h)
};

#endif
