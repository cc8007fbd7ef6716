// Pool: maximum, sum, average or place of the maximum of the elements of a [c, D, H, W] under a window, after the pre-ops; then the
// epilogue. The taps of the window are the outer loop, so that the pre-ops run on all elements of the block at once.
#include "numerics.h"
#include "ops.h"

enum { MODE_MAX, MODE_SUM, MODE_AVERAGE, MODE_INDEX };

static const uint32_t OUTSIDE = UINT32_MAX; // no element of a: there are at most 2^30

struct pool {
  uint32_t mode;
  enum value_class class; // of the elements after the pre-ops
  int is_unsigned;        // the order of integers
  uint32_t divisor[MAX_BLOCK_ELEMENTS];
  int64_t index[MAX_BLOCK_ELEMENTS];         // of best; -1 before the first element
  union value best[MAX_BLOCK_ELEMENTS];      // greatest so far, or the sum of integers
  struct ordered_sum sum[MAX_BLOCK_ELEMENTS]; // of f32
};

// What the maximum begins with: no element is less.
static union value least_value(const struct block *block, const struct pool *pool) {
  union value least = {.l = 0};
  uint32_t dtype = block->node->dtype[1];
  int has_pre_ops = block->node->attributes[ATTRIBUTE_POOL_NUM_PRE_OPS] != 0;
  uint32_t bits = has_pre_ops ? (pool->class == CLASS_I64 ? 64 : 32) : 8 * dtype_bytes(dtype);
  int is_natural = pool->is_unsigned || (!has_pre_ops && (dtype == DTYPE_U8 || dtype == DTYPE_U16 || dtype == DTYPE_BOOL));
  if (pool->class == CLASS_F32) least.u = F32_SIGN_BIT | F32_INFINITY_BITS;
  else if (!is_natural) least.l = -(int64_t)(UINT64_MAX >> (65 - bits)) - 1;
  return least;
}

static void pool_begin(struct pool *pool, const struct block *block) {
  const ProgramNode *node = block->node;
  uint32_t dtype = node->dtype[1];
  pool->mode = node->attributes[ATTRIBUTE_POOL_MODE];
  pool->class = block_micro_ops_class(block, node->attributes[ATTRIBUTE_POOL_NUM_PRE_OPS], dtype_class(dtype));
  pool->is_unsigned = dtype == DTYPE_U32 || dtype == DTYPE_U64;
  union value start = {.l = 0};
  if (pool->mode == MODE_MAX) start = least_value(block, pool);
  for (uint32_t e = 0; e < block->count; e++) {
    pool->divisor[e] = 0;
    pool->index[e] = -1;
    pool->best[e] = start;
    ordered_begin(&pool->sum[e]);
  }
}

// x > than; -0 equals +0, NaN is above all.
static int is_greater(const struct pool *pool, union value x, union value than) {
  switch (pool->class) {
    case CLASS_F32: return !f32_is_nan(than.f) && (f32_is_nan(x.f) || x.f > than.f);
    case CLASS_I32: return pool->is_unsigned ? x.u > than.u : x.i > than.i;
    default: return pool->is_unsigned ? x.ul > than.ul : x.l > than.l;
  }
}

static void take_max(struct pool *pool, uint32_t e, union value x) {
  if (pool->class == CLASS_F32) pool->best[e].f = f32_max(pool->best[e].f, x.f);
  else if (is_greater(pool, x, pool->best[e])) pool->best[e] = x;
}

static void take_sum(struct pool *pool, uint32_t e, uint32_t tap, union value x) {
  switch (pool->class) {
    case CLASS_F32: ordered_add(&pool->sum[e], tap, x.f); return;
    case CLASS_I32: pool->best[e].u += x.u; return;
    default: pool->best[e].ul += x.ul; return;
  }
}

static void take_index(struct pool *pool, uint32_t e, uint32_t index, union value x) {
  if (pool->index[e] >= 0 && !is_greater(pool, x, pool->best[e])) return;
  pool->best[e] = x;
  pool->index[e] = index;
}

// Element of a under a tap of output element e; offset[axis] = k dilation. Counts the tap when an average divides by it.
static uint32_t tap_element(struct pool *pool, const struct block *block, uint32_t e, const uint32_t offset[3]) {
  const ProgramNode *node = block->node;
  const uint32_t *attributes = node->attributes;
  uint32_t index = (uint32_t)block->coordinate[2][e];
  int is_inside = 1, is_padded = 1;
  for (uint32_t axis = 0; axis < 3; axis++) {
    uint32_t size = node->operand[0].dims[3 + axis], pad = attributes[ATTRIBUTE_POOL_PAD_D + axis];
    // Counted from the first position of the padding; below 2^32, as is the end of the padding.
    uint32_t padded = (uint32_t)block->coordinate[3 + axis][e] * attributes[ATTRIBUTE_POOL_STRIDE_D + axis] + offset[axis];
    uint32_t position = padded - pad;
    if (position >= size) is_inside = 0;
    if (padded >= pad + size + attributes[ATTRIBUTE_POOL_PAD_END_D + axis]) is_padded = 0;
    index = index * size + position;
  }
  pool->divisor[e] += (uint32_t)(attributes[ATTRIBUTE_POOL_COUNT_PADDING] ? is_padded : is_inside);
  return is_inside ? index : OUTSIDE;
}

// One tap of all windows of the block.
static void pool_tap(struct pool *pool, struct block *block, uint32_t tap, const uint32_t offset[3]) {
  const ProgramNode *node = block->node;
  uint32_t index[MAX_BLOCK_ELEMENTS];
  for (uint32_t e = 0; e < block->count; e++) {
    index[e] = tap_element(pool, block, e, offset);
    block->acc[e].l = 0;
    if (index[e] != OUTSIDE) block->acc[e] = load_element(node->dtype[1], block->operand[0], index[e]);
  }
  const union value *elements = block_micro_ops(block, 0, node->attributes[ATTRIBUTE_POOL_NUM_PRE_OPS]);
  for (uint32_t e = 0; e < block->count; e++) {
    if (index[e] == OUTSIDE) continue;
    if (pool->mode == MODE_MAX) take_max(pool, e, elements[e]);
    else if (pool->mode == MODE_INDEX) take_index(pool, e, index[e], elements[e]);
    else take_sum(pool, e, tap, elements[e]);
  }
}

static union value pool_end(struct pool *pool, uint32_t e) {
  union value acc = pool->best[e];
  int is_sum = pool->mode == MODE_SUM || pool->mode == MODE_AVERAGE;
  if (is_sum && pool->class == CLASS_F32) acc.f = ordered_end(&pool->sum[e]);
  if (pool->mode == MODE_AVERAGE) acc.f = pool->divisor[e] == 0 ? 0.0f : acc.f / (float)pool->divisor[e];
  if (pool->mode == MODE_INDEX) acc.l = pool->index[e];
  return acc;
}

static void pool_taps(struct pool *pool, struct block *block) {
  const uint32_t *attributes = block->node->attributes;
  const uint32_t *kernel = &attributes[ATTRIBUTE_POOL_KERNEL_D], *dilation = &attributes[ATTRIBUTE_POOL_DILATION_D];
  uint32_t offset[3], tap = 0;
  for (uint32_t kd = 0; kd < kernel[0]; kd++)
    for (uint32_t kh = 0; kh < kernel[1]; kh++)
      for (uint32_t kw = 0; kw < kernel[2]; kw++) {
        offset[0] = kd * dilation[0];
        offset[1] = kh * dilation[1];
        offset[2] = kw * dilation[2];
        pool_tap(pool, block, tap++, offset);
      }
}

void pool_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  struct pool pool;
  pool_begin(&pool, block);
  if (block->count > 0) pool_taps(&pool, block); // a block without elements costs no more for a large window
  for (uint32_t e = 0; e < block->count; e++) block->acc[e] = pool_end(&pool, e);
  block_store(block, block_micro_ops(block, node->attributes[ATTRIBUTE_POOL_NUM_PRE_OPS], node->num_micro_ops), out);
}
