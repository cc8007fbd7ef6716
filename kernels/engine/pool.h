// What the kernels of Pool share.
#ifndef OPML_ENGINE_POOL_H
#define OPML_ENGINE_POOL_H

#include "engine.h"

enum { POOL_MAX, POOL_SUM, POOL_AVERAGE };

// The taps of one axis that lie inside the input for an output position, and how many lie in the padded input.
struct range {
  uint32_t first, last, padded;
  uint32_t position; // of tap 0; may be negative
};

// Those of output position `at` of axis 0, 1 or 2: D, H or W.
struct range range_of(const ProgramNode *node, uint32_t axis, uint32_t at);

// Whether windows and planes are small enough for the kernels, without pre-ops.
int has_pool_kernel(const ProgramNode *node);

// What all kernels of Pool set: a part is a plane [d, h, w] of one channel.
void set_pool_parts(struct command *command);

#endif
