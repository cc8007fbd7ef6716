// What every operator kernel shares: one block of one node's output, its coordinates, micro-ops, the store (spec/02).
// Portable C for all targets: f32 products and sums go through f32_mul and f32_add, so that the guest can have its own.
#ifndef OPML_PROGRAM_H
#define OPML_PROGRAM_H

#include <stdint.h>

#include "f32.h"
#include "f32_guest.h"
#include "ordered_sum.h"
#include "program_node.h"

enum { BLOCK_BYTES = 128, MAX_BLOCK_ELEMENTS = 128, RANK = 6 };

// A value of any class; narrow integers are widened to i.
union value {
  float f;
  int32_t i;
  uint32_t u;
  int64_t l;
  uint64_t ul;
};

// The elements first ... first + count - 1 of a node's output: those of one block.
struct block {
  const ProgramNode *node;
  const void *const *operand; // data of a, b, c
  uint32_t first, count;
  int32_t coordinate[RANK][MAX_BLOCK_ELEMENTS];
  union value values[PROGRAM_MAX_MICRO_OPS][MAX_BLOCK_ELEMENTS];
  union value acc[MAX_BLOCK_ELEMENTS]; // what the operator hands to its micro-ops
};

// Bytes of an element; 0 for a number that is no dtype.
uint32_t dtype_bytes(uint32_t dtype);

// What values are computed as (spec/02 section 2).
enum value_class { CLASS_F32, CLASS_I32, CLASS_I64 };

static inline enum value_class dtype_class(uint32_t dtype) {
  if (dtype == DTYPE_F32 || dtype == DTYPE_F16 || dtype == DTYPE_BF16) return CLASS_F32;
  return dtype == DTYPE_I64 || dtype == DTYPE_U64 ? CLASS_I64 : CLASS_I32;
}

// Element `index` of a tensor, widened to its class, and the reverse.
union value load_element(uint32_t dtype, const void *data, int64_t index);
void store_element(uint32_t dtype, void *data, uint32_t index, union value value);

// Sets up block `index`: which elements it has, and their coordinates. A block past the end has none.
void block_begin(struct block *block, const ProgramNode *node, const void *const operand[3], uint32_t index);

// Element of view operand `which` for element e of the block.
static inline int64_t block_view(const struct block *block, uint32_t which, uint32_t e) {
  const ProgramOperand *operand = &block->node->operand[which];
  int64_t index = operand->offset;
  for (uint32_t d = 0; d < RANK; d++)
    if (operand->strides[d] != 0) index += (int64_t)operand->strides[d] * block->coordinate[d][e];
  return index;
}

// Runs micro-ops from ... to - 1 of the node on the block, `acc` being given; returns their last value, or acc if there are none.
const union value *block_micro_ops(struct block *block, uint32_t from, uint32_t to);

// Class of the last value of the node's first `count` micro-ops, where `acc` is that of what they are handed; of acc if there are none.
enum value_class block_micro_ops_class(const struct block *block, uint32_t count, enum value_class acc);

// Stores a value an element and zeros after them: the 128 bytes of the block.
void block_store(const struct block *block, const union value *values, uint8_t out[BLOCK_BYTES]);

// acc through all micro-ops of the node into the block: how most operators end.
static inline void block_epilogue(struct block *block, uint8_t out[BLOCK_BYTES]) {
  block_store(block, block_micro_ops(block, 0, block->node->num_micro_ops), out);
}

// Computes block `index` of a node's output. The descriptor is one that the verifier accepts; returns 0 if its opcode is unknown.
int program_block(const ProgramNode *node, const void *const operand[3], uint32_t index, uint8_t out[BLOCK_BYTES]);

#endif
