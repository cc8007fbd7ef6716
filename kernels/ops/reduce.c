// Reduce: the elements of a over up to three axes, row-major, through the pre-ops, then summed, multiplied, or the greatest or least
// of them; then the epilogue. Sums and products of f32 are ordered: 16 lanes, folded.
#include "ops.h"

enum { MODE_SUM, MODE_PRODUCT, MODE_MAX, MODE_MIN };

struct reduction {
  const ProgramNode *node;
  enum value_class class; // of the elements after the pre-ops
  uint32_t mode, num_pre_ops, num_lanes;
  int is_unsigned; // the order of integers
  union value lanes[NUM_LANES][MAX_BLOCK_ELEMENTS];
};

static union value combine_f32(uint32_t mode, union value a, union value b) {
  switch (mode) {
    case MODE_SUM: a.f = f32_add(a.f, b.f); return a;
    case MODE_PRODUCT: a.f = f32_mul(a.f, b.f); return a;
    case MODE_MAX: a.f = f32_max(a.f, b.f); return a;
    default: a.f = f32_min(a.f, b.f); return a;
  }
}

static union value combine_i32(uint32_t mode, int is_unsigned, union value a, union value b) {
  int is_less = is_unsigned ? a.u < b.u : a.i < b.i;
  switch (mode) {
    case MODE_SUM: a.u += b.u; return a;
    case MODE_PRODUCT: a.u *= b.u; return a;
    case MODE_MAX: return is_less ? b : a;
    default: return is_less ? a : b;
  }
}

static union value combine_i64(uint32_t mode, int is_unsigned, union value a, union value b) {
  int is_less = is_unsigned ? a.ul < b.ul : a.l < b.l;
  switch (mode) {
    case MODE_SUM: a.ul += b.ul; return a;
    case MODE_PRODUCT: a.ul *= b.ul; return a;
    case MODE_MAX: return is_less ? b : a;
    default: return is_less ? a : b;
  }
}

static union value combine(const struct reduction *r, union value a, union value b) {
  switch (r->class) {
    case CLASS_F32: return combine_f32(r->mode, a, b);
    case CLASS_I32: return combine_i32(r->mode, r->is_unsigned, a, b);
    default: return combine_i64(r->mode, r->is_unsigned, a, b);
  }
}

// Least or greatest integer: of a's dtype, after pre-ops of the class.
static union value integer_limit(const struct reduction *r) {
  uint32_t dtype = r->node->dtype[1], bits = dtype == DTYPE_BOOL ? 1 : 8 * dtype_bytes(dtype);
  int is_unsigned = r->is_unsigned || dtype == DTYPE_U8 || dtype == DTYPE_U16 || dtype == DTYPE_BOOL;
  if (r->num_pre_ops != 0) {
    bits = r->class == CLASS_I64 ? 64 : 32;
    is_unsigned = r->is_unsigned;
  }
  uint64_t span = UINT64_MAX >> (64 - bits);
  union value limit;
  if (is_unsigned) limit.ul = r->mode == MODE_MAX ? 0 : span;
  else limit.ul = r->mode == MODE_MAX ? ~(span >> 1) : span >> 1;
  return limit;
}

// What no element at all comes to; it changes nothing when it takes part.
static union value identity(const struct reduction *r) {
  union value value = {.l = 0};
  if (r->mode == MODE_SUM) return value;
  if (r->mode == MODE_PRODUCT) {
    if (r->class == CLASS_F32) value.f = 1.0f;
    else value.l = 1;
    return value;
  }
  if (r->class != CLASS_F32) return integer_limit(r);
  value.u = F32_INFINITY_BITS | (r->mode == MODE_MAX ? F32_SIGN_BIT : 0);
  return value;
}

static void reduction_begin(struct reduction *r, const struct block *block) {
  const ProgramNode *node = block->node;
  uint32_t dtype = node->dtype[1];
  r->node = node;
  r->mode = node->attributes[ATTRIBUTE_REDUCE_MODE];
  r->num_pre_ops = node->attributes[ATTRIBUTE_REDUCE_NUM_PRE_OPS];
  r->class = block_micro_ops_class(block, r->num_pre_ops, dtype_class(dtype));
  r->is_unsigned = dtype == DTYPE_U32 || dtype == DTYPE_U64;
  r->num_lanes = r->class == CLASS_F32 && (r->mode == MODE_SUM || r->mode == MODE_PRODUCT) ? NUM_LANES : 1;
  union value start = identity(r);
  for (uint32_t l = 0; l < r->num_lanes; l++)
    for (uint32_t e = 0; e < block->count; e++) r->lanes[l][e] = start;
}

// Element number i of every output element of the block: `shift` elements from where its view of a begins.
static void reduction_add(struct reduction *r, struct block *block, const int64_t *starts, int64_t shift, uint32_t i) {
  union value *lane = r->lanes[i % r->num_lanes];
  for (uint32_t e = 0; e < block->count; e++) block->acc[e] = load_element(r->node->dtype[1], block->operand[0], starts[e] + shift);
  const union value *elements = block_micro_ops(block, 0, r->num_pre_ops);
  for (uint32_t e = 0; e < block->count; e++) lane[e] = combine(r, lane[e], elements[e]);
}

static void reduction_end(struct reduction *r, struct block *block) {
  for (uint32_t width = r->num_lanes / 2; width > 0; width /= 2)
    for (uint32_t l = 0; l < width; l++)
      for (uint32_t e = 0; e < block->count; e++) r->lanes[l][e] = combine(r, r->lanes[l][e], r->lanes[l + width][e]);
  for (uint32_t e = 0; e < block->count; e++) block->acc[e] = r->lanes[0][e];
}

void reduce_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const uint32_t *size = &block->node->attributes[ATTRIBUTE_REDUCE_SIZE0], *words = &block->node->attributes[ATTRIBUTE_REDUCE_STRIDE0];
  int64_t stride[3] = {(int32_t)words[0], (int32_t)words[1], (int32_t)words[2]}, starts[MAX_BLOCK_ELEMENTS];
  struct reduction r;
  reduction_begin(&r, block);
  for (uint32_t e = 0; e < block->count; e++) starts[e] = block_view(block, 0, e);
  uint32_t i = 0, rounds = block->count == 0 ? 0 : size[0]; // nothing is read for no elements
  for (uint32_t x = 0; x < rounds; x++)
    for (uint32_t y = 0; y < size[1]; y++)
      for (uint32_t z = 0; z < size[2]; z++) reduction_add(&r, block, starts, x * stride[0] + y * stride[1] + z * stride[2], i++);
  reduction_end(&r, block);
  block_store(block, block_micro_ops(block, r.num_pre_ops, block->node->num_micro_ops), out);
}
