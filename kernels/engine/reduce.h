// What Reduce of f32 and of integers share: the axes that are summed up, where they begin, and how the output is cut into parts.
#ifndef OPML_ENGINE_REDUCE_H
#define OPML_ENGINE_REDUCE_H

#include "engine.h"

// Element of view a where output element e begins.
static inline int64_t view_start(const ProgramNode *node, uint32_t e) {
  int64_t index = node->operand[0].offset;
  for (uint32_t d = RANK; d-- > 0; e /= node->dims[d]) index += (int64_t)node->operand[0].strides[d] * (e % node->dims[d]);
  return index;
}

enum { MODE_SUM = 0, MODE_MAX = 2, MODE_MIN = 3 };

struct reduction {
  uint32_t num_axes, sizes[3], terms;
  int32_t strides[3];
};

static inline struct reduction reduction_of(const ProgramNode *node) {
  const uint32_t *attributes = node->attributes;
  struct reduction r = {.num_axes = 0, .terms = 1};
  for (uint32_t i = 0; i < 3; i++) {
    uint32_t size = attributes[ATTRIBUTE_REDUCE_SIZE0 + i];
    int32_t stride = (int32_t)attributes[ATTRIBUTE_REDUCE_STRIDE0 + i];
    r.terms *= size;
    if (size == 1) continue;
    uint32_t n = r.num_axes;
    if (n > 0 && (int64_t)r.strides[n - 1] == (int64_t)stride * size) {
      r.sizes[n - 1] *= size;
      r.strides[n - 1] = stride;
      continue;
    }
    r.sizes[n] = size;
    r.strides[n] = stride;
    r.num_axes++;
  }
  for (; r.num_axes < 1; r.num_axes++) {
    r.sizes[0] = 1;
    r.strides[0] = 1;
  }
  return r;
}

// A part is shape[0] output elements.
static inline void set_reduce_parts(struct command *command, uint32_t terms) {
  uint32_t numElements = node_elements(command->node), size = STRIP;
  while (size > 1 && (uint64_t)size * terms > 32768) size /= 2;
  command->shape[0] = size;
  command->num_parts = (numElements + size - 1) / size;
  command->part_cost = size * terms;
}

#endif
