// The plan that every thread walks, and how threads meet.
#ifndef OPML_ENGINE_PLAN_H
#define OPML_ENGINE_PLAN_H

#include "engine.h"

// Commands that run one after the other: one command shared among threads, or several small ones that one thread does.
// On a cache line of its own.
struct stage {
  _Alignas(64) uint32_t first, count;
  uint32_t num_units; // of unit_parts parts each; 1 where several commands are one unit
  uint32_t unit_parts;
  uint32_t claimed, done; // units, atomic
};

struct trace;

struct plan {
  _Alignas(64) struct command *commands;
  uint32_t num_commands;
  struct stage *stages;
  uint32_t num_stages;
  uint32_t first; // stage where the open run begins
  _Alignas(64) uint32_t open;   // whether workers may help; atomic
  _Alignas(64) uint32_t active; // workers inside; atomic
  _Alignas(64) uint32_t limit;  // stages that may be entered; atomic
  struct trace *trace;          // of the run, or null (trace.h)
};

#endif
