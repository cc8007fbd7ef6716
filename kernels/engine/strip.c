// Micro-ops on strips of up to STRIP output elements, four lanes at a time; the same rules as kernels/ops/micro_ops.c, which does
// whatever has no vector form here.
#include <wasm_simd128.h>

#include "engine.h"

static enum value_class op_class(const struct strip *strip, const ProgramMicroOp *op) {
  switch (op->id) {
    case MICRO_ACC: return strip->acc_class;
    case MICRO_LOAD: return dtype_class(strip->node->dtype[1 + op->s1]);
    case MICRO_F32_CONST: case MICRO_F32_SELECT: case MICRO_F32_CONVERT_I32_S: case MICRO_F32_CONVERT_I32_U:
    case MICRO_F32_CONVERT_I64_S: case MICRO_F32_CONVERT_I64_U: return CLASS_F32;
    case MICRO_I64_CONST: case MICRO_I64_SELECT: case MICRO_I64_TRUNC_SAT_F32_S: case MICRO_I64_TRUNC_SAT_F32_U:
    case MICRO_I64_EXTEND_I32_S: case MICRO_I64_EXTEND_I32_U: return CLASS_I64;
    default: break;
  }
  if (op->id >= MICRO_F32_ADD && op->id < MICRO_F32_EQ) return CLASS_F32;
  return op->id >= MICRO_I64_ADD && op->id < MICRO_I64_EQ ? CLASS_I64 : CLASS_I32;
}

static int num_arguments(uint32_t id) {
  if (id <= MICRO_ACC) return 0;
  if ((id >= MICRO_F32_SELECT && id <= MICRO_I64_SELECT) || id == MICRO_I32_REQUANTIZE) return 3;
  if ((id >= MICRO_F32_NEG && id < MICRO_F32_EQ) || id >= MICRO_I32_TRUNC_SAT_F32_S) return 1;
  return 2;
}

// Class of argument number `i` of an op of two or fewer arguments, for its immediate.
static int has_wide_arguments(uint32_t id) { return id >= MICRO_I64_ADD && id < MICRO_I32_TRUNC_SAT_F32_S; }

static void fill_words(void *y, int32_t word, uint32_t n) {
  for (uint32_t e = 0; e < n; e += 4) wasm_v128_store((int32_t *)y + e, wasm_i32x4_splat(word));
}

static void fill_wide(int64_t *y, int64_t value, uint32_t n) {
  for (uint32_t e = 0; e < n; e++) y[e] = value;
}

// ---- loads

#define GATHER(type, member, expression)                                   \
  do {                                                                     \
    const type *x = (const type *)data + index;                            \
    for (uint32_t e = 0; e < n; e++, x += stride) y->member[at + e] = expression; \
  } while (0)

// y[at ... at + n - 1] = elements index, index + stride, ... of data, widened. May write beyond, inside y.
static void gather(uint32_t dtype, struct strip_value *y, uint32_t at, const void *data, int64_t index, int32_t stride, uint32_t n) {
  if (stride == 0 && at + round_up(n, 4) <= STRIP && dtype_class(dtype) != CLASS_I64) {
    fill_words(&y->i[at], load_element(dtype, data, index).i, n);
    return;
  }
  switch (dtype) {
    case DTYPE_F32: case DTYPE_I32: case DTYPE_U32:
      if (stride == 1) __builtin_memcpy(&y->i[at], (const int32_t *)data + index, n * 4);
      else GATHER(int32_t, i, *x);
      return;
    case DTYPE_I64: case DTYPE_U64: GATHER(int64_t, l, *x); return;
    case DTYPE_I8:
      if (stride == 1) {
        const int8_t *x = (const int8_t *)data + index;
        uint32_t e = 0;
        for (; e + 8 <= n; e += 8) {
          v128_t words = wasm_i16x8_load8x8(x + e);
          wasm_v128_store(&y->i[at + e], wasm_i32x4_extend_low_i16x8(words));
          wasm_v128_store(&y->i[at + e + 4], wasm_i32x4_extend_high_i16x8(words));
        }
        for (; e < n; e++) y->i[at + e] = x[e];
      } else GATHER(int8_t, i, *x);
      return;
    case DTYPE_U8: case DTYPE_BOOL:
      if (stride == 1) {
        const uint8_t *x = (const uint8_t *)data + index;
        uint32_t e = 0;
        for (; e + 8 <= n; e += 8) {
          v128_t words = wasm_u16x8_load8x8(x + e);
          wasm_v128_store(&y->i[at + e], wasm_u32x4_extend_low_u16x8(words));
          wasm_v128_store(&y->i[at + e + 4], wasm_u32x4_extend_high_u16x8(words));
        }
        for (; e < n; e++) y->i[at + e] = x[e];
      } else GATHER(uint8_t, i, *x);
      return;
    default:
      for (uint32_t e = 0; e < n; e++) y->i[at + e] = load_element(dtype, data, index + (int64_t)e * stride).i;
      return;
  }
}

static void coordinates_of(const struct strip *strip, uint32_t first, uint32_t at[MAX_DIMS]) {
  for (uint32_t d = strip->num_dims; d-- > 1;) {
    at[d] = first % strip->dims[d];
    first /= strip->dims[d];
  }
  at[0] = first;
}

static const void *load(struct strip *strip, const ProgramMicroOp *op, uint32_t first, uint32_t count, struct strip_value *y) {
  uint32_t w = op->s1, dtype = strip->node->dtype[1 + w], inner = strip->num_dims - 1, at[MAX_DIMS];
  const int32_t *strides = strip->strides[w];
  const void *data = strip->operand[w];
  coordinates_of(strip, first, at);
  int64_t index = (int64_t)strip->node->operand[w].offset + op->imm;
  for (uint32_t d = 0; d <= inner; d++) index += (int64_t)at[d] * strides[d];
  int is_word = dtype == DTYPE_F32 || dtype == DTYPE_I32 || dtype == DTYPE_U32;
  if (is_word && strides[inner] == 1 && at[inner] + count <= strip->dims[inner]) return (const int32_t *)data + index;
  for (uint32_t done = 0;;) {
    uint32_t n = min_u32(strip->dims[inner] - at[inner], count - done);
    gather(dtype, y, done, data, index, strides[inner], n);
    done += n;
    if (done == count) return y;
    index -= (int64_t)at[inner] * strides[inner]; // to the start of the next row
    at[inner] = 0;
    for (uint32_t d = inner; d-- > 0;) {
      index += strides[d];
      if (++at[d] < strip->dims[d]) break;
      index -= (int64_t)at[d] * strides[d];
      at[d] = 0;
    }
  }
}

static void coordinates(const struct strip *strip, const ProgramMicroOp *op, uint32_t first, uint32_t count, int32_t *y) {
  uint32_t inner = 1, dim = op->s1; // with `index` the dims are not merged
  for (uint32_t d = dim + 1; d < strip->num_dims; d++) inner *= strip->dims[d];
  uint32_t at = first / inner % strip->dims[dim], rest = inner - first % inner;
  for (uint32_t e = 0; e < count; e++) {
    y[e] = (int32_t)at;
    if (--rest == 0) {
      rest = inner;
      if (++at == strip->dims[dim]) at = 0;
    }
  }
}

// ---- arithmetic

// Loops of 16 elements: operands have room behind them (engine.h), and what lies there is not stored.
#define BINARY_AT(offset, expression)                                                                              \
  {                                                                                                                \
    v128_t x = wasm_v128_load((const int32_t *)a + e + offset), z = wasm_v128_load((const int32_t *)b + e + offset); \
    wasm_v128_store(y->i + e + offset, expression);                                                                \
  }

#define BINARY(expression)                 \
  do {                                     \
    for (uint32_t e = 0; e < n; e += 16) { \
      BINARY_AT(0, expression)             \
      BINARY_AT(4, expression)             \
      BINARY_AT(8, expression)             \
      BINARY_AT(12, expression)            \
    }                                      \
    return 1;                              \
  } while (0)

#define UNARY(expression)                                \
  do {                                                   \
    for (uint32_t e = 0; e < n; e += 4) {                \
      v128_t x = wasm_v128_load((const int32_t *)a + e); \
      wasm_v128_store(y->i + e, expression);             \
    }                                                    \
    return 1;                                            \
  } while (0)

static inline v128_t one_if(v128_t mask) { return wasm_v128_and(mask, wasm_i32x4_splat(1)); }

static int binary_op(uint32_t id, struct strip_value *y, const void *a, const void *b, uint32_t n) {
  switch (id) {
    case MICRO_F32_ADD: BINARY(wasm_f32x4_add(x, z));
    case MICRO_F32_SUB: BINARY(wasm_f32x4_sub(x, z));
    case MICRO_F32_MUL: BINARY(wasm_f32x4_mul(x, z));
    case MICRO_F32_DIV: BINARY(wasm_f32x4_div(x, z));
    case MICRO_F32_MIN: BINARY(wasm_f32x4_min(x, z));
    case MICRO_F32_MAX: BINARY(wasm_f32x4_max(x, z));
    case MICRO_F32_EQ: BINARY(one_if(wasm_f32x4_eq(x, z)));
    case MICRO_F32_LT: BINARY(one_if(wasm_f32x4_lt(x, z)));
    case MICRO_F32_LE: BINARY(one_if(wasm_f32x4_le(x, z)));
    case MICRO_I32_ADD: BINARY(wasm_i32x4_add(x, z));
    case MICRO_I32_SUB: BINARY(wasm_i32x4_sub(x, z));
    case MICRO_I32_MUL: BINARY(wasm_i32x4_mul(x, z));
    case MICRO_I32_MIN_S: BINARY(wasm_i32x4_min(x, z));
    case MICRO_I32_MIN_U: BINARY(wasm_u32x4_min(x, z));
    case MICRO_I32_MAX_S: BINARY(wasm_i32x4_max(x, z));
    case MICRO_I32_MAX_U: BINARY(wasm_u32x4_max(x, z));
    case MICRO_I32_AND: BINARY(wasm_v128_and(x, z));
    case MICRO_I32_OR: BINARY(wasm_v128_or(x, z));
    case MICRO_I32_XOR: BINARY(wasm_v128_xor(x, z));
    case MICRO_I32_EQ: BINARY(one_if(wasm_i32x4_eq(x, z)));
    case MICRO_I32_LT_S: BINARY(one_if(wasm_i32x4_lt(x, z)));
    case MICRO_I32_LT_U: BINARY(one_if(wasm_u32x4_lt(x, z)));
    case MICRO_I32_LE_S: BINARY(one_if(wasm_i32x4_le(x, z)));
    case MICRO_I32_LE_U: BINARY(one_if(wasm_u32x4_le(x, z)));
    default: return 0;
  }
}

static int unary_op(uint32_t id, struct strip_value *y, const void *a, uint32_t n) {
  switch (id) {
    case MICRO_F32_NEG: UNARY(wasm_f32x4_neg(x));
    case MICRO_F32_ABS: UNARY(wasm_f32x4_abs(x));
    case MICRO_F32_SQRT: UNARY(wasm_f32x4_sqrt(x));
    case MICRO_F32_FLOOR: UNARY(wasm_f32x4_floor(x));
    case MICRO_F32_CEIL: UNARY(wasm_f32x4_ceil(x));
    case MICRO_F32_TRUNC: UNARY(wasm_f32x4_trunc(x));
    case MICRO_F32_NEAREST: UNARY(wasm_f32x4_nearest(x));
    case MICRO_I32_TRUNC_SAT_F32_S: UNARY(wasm_i32x4_trunc_sat_f32x4(x));
    case MICRO_I32_TRUNC_SAT_F32_U: UNARY(wasm_u32x4_trunc_sat_f32x4(x));
    case MICRO_F32_CONVERT_I32_S: UNARY(wasm_f32x4_convert_i32x4(x));
    case MICRO_F32_CONVERT_I32_U: UNARY(wasm_f32x4_convert_u32x4(x));
    default: return math_array(id, y->f, a, n);
  }
}

static void select_words(struct strip_value *y, const int32_t *condition, const int32_t *a, const int32_t *b, uint32_t n) {
  for (uint32_t e = 0; e < n; e += 4) {
    v128_t is_zero = wasm_i32x4_eq(wasm_v128_load(condition + e), wasm_i32x4_splat(0));
    wasm_v128_store(y->i + e, wasm_v128_bitselect(wasm_v128_load(b + e), wasm_v128_load(a + e), is_zero));
  }
}

// spec/01 section 3, two accumulators at a time by one shift.
static inline v128_t scale_pair(v128_t p, uint32_t shift) {
  v128_t q = wasm_i64x2_shr(p, shift), twice = wasm_i64x2_shl(wasm_i64x2_sub(p, wasm_i64x2_shl(q, shift)), 1), one = wasm_i64x2_splat(1);
  v128_t whole = wasm_i64x2_splat((int64_t)1 << shift), is_odd = wasm_i64x2_eq(wasm_v128_and(q, one), one);
  v128_t up = wasm_v128_or(wasm_i64x2_gt(twice, whole), wasm_v128_and(wasm_i64x2_eq(twice, whole), is_odd));
  return wasm_i64x2_sub(q, up);
}

// The low words of two pairs, saturated.
static inline v128_t narrow_pairs(v128_t low, v128_t high) {
  const v128_t most = wasm_i64x2_splat(INT32_MAX), least = wasm_i64x2_splat(INT32_MIN);
  low = wasm_v128_bitselect(most, low, wasm_i64x2_gt(low, most));
  low = wasm_v128_bitselect(least, low, wasm_i64x2_lt(low, least));
  high = wasm_v128_bitselect(most, high, wasm_i64x2_gt(high, most));
  high = wasm_v128_bitselect(least, high, wasm_i64x2_lt(high, least));
  return wasm_i32x4_shuffle(low, high, 0, 2, 4, 6);
}

static void requantize(struct strip_value *y, const int32_t *acc, const int32_t *multiplier, const uint32_t *shift, uint32_t n) {
  for (uint32_t e = 0; e < n; e += 4) {
    v128_t a = wasm_v128_load(acc + e), b = wasm_v128_load(multiplier + e), s = wasm_v128_load(shift + e);
    if (wasm_i32x4_all_true(wasm_i32x4_eq(s, wasm_i32x4_splat((int32_t)shift[e])))) {
      uint32_t bits = min_u32(shift[e], 62);
      wasm_v128_store(y->i + e, narrow_pairs(scale_pair(wasm_i64x2_extmul_low_i32x4(a, b), bits), scale_pair(wasm_i64x2_extmul_high_i32x4(a, b), bits)));
      continue;
    }
    for (uint32_t j = e; j < e + 4; j++) {
      v128_t scaled = scale_pair(wasm_i64x2_splat((int64_t)acc[j] * multiplier[j]), min_u32(shift[j], 62));
      y->i[j] = wasm_i32x4_extract_lane(narrow_pairs(scaled, scaled), 0);
    }
  }
}

// Any micro-op by the portable kernels: arguments as values 1, 2, 3 of a node with this one micro-op, its result value 0.
static void portable_op(struct strip *strip, const ProgramMicroOp *op, const void *const argument[3], const enum value_class class[3], enum value_class result,
                        struct strip_value *y, uint32_t count) {
  struct block *block = &strip->scratch->block;
  ProgramNode *node = &strip->scratch->node;
  *node = *strip->node;
  node->micro_ops[0] = (ProgramMicroOp){op->id, 1, 2, 3, 0};
  block->node = node;
  block->operand = strip->operand;
  int arguments = num_arguments(op->id);
  for (uint32_t first = 0; first < count; first += MAX_BLOCK_ELEMENTS) {
    block->count = min_u32(count - first, MAX_BLOCK_ELEMENTS);
    for (int i = 0; i < arguments; i++)
      for (uint32_t e = 0; e < block->count; e++) {
        union value *value = &block->values[1 + i][e];
        if (class[i] == CLASS_I64) value->l = ((const int64_t *)argument[i])[first + e];
        else value->i = ((const int32_t *)argument[i])[first + e];
      }
    const union value *values = block_micro_ops(block, 0, 1);
    for (uint32_t e = 0; e < block->count; e++) {
      if (result == CLASS_I64) y->l[first + e] = values[e].l;
      else y->i[first + e] = values[e].i;
    }
  }
}

static const void *compute(struct strip *strip, uint32_t k, uint32_t count) {
  const ProgramMicroOp *op = &strip->node->micro_ops[strip->from + k];
  struct strip_value *y = &strip->scratch->values[k];
  int arguments = num_arguments(op->id);
  const void *a = strip->value[op->s1], *b = 0;
  uint32_t n = round_up(count, 4);
  if (arguments == 1) {
    if (unary_op(op->id, y, a, n)) return y;
  } else if (arguments == 2) {
    b = op->s2 == MICRO_IMMEDIATE ? &strip->scratch->immediates[k] : strip->value[op->s2];
    if (binary_op(op->id, y, a, b, n)) return y;
  } else if (op->id == MICRO_I32_REQUANTIZE) {
    requantize(y, a, strip->value[op->s2], strip->value[op->s3], n);
    return y;
  } else if (op->id == MICRO_F32_SELECT || op->id == MICRO_I32_SELECT) {
    select_words(y, a, strip->value[op->s2], strip->value[op->s3], n);
    return y;
  }
  const void *argument[3] = {a, arguments == 3 ? strip->value[op->s2] : b, arguments == 3 ? strip->value[op->s3] : 0};
  enum value_class class[3] = {strip->class[op->s1], CLASS_I32, CLASS_I32};
  if (arguments == 2 && has_wide_arguments(op->id)) class[1] = CLASS_I64;
  if (op->id == MICRO_I64_SELECT) class[1] = class[2] = CLASS_I64;
  portable_op(strip, op, argument, class, strip->class[k], y, count);
  return y;
}

// ---- set-up

static uint32_t used_operands(const struct strip *strip, int *has_index) {
  uint32_t used = 0;
  *has_index = 0;
  for (uint32_t k = strip->from; k < strip->to; k++) {
    const ProgramMicroOp *op = &strip->node->micro_ops[k];
    if (op->id == MICRO_LOAD) used |= 1u << op->s1;
    if (op->id == MICRO_INDEX) *has_index = 1;
  }
  return used;
}

// Leaves out dims of size 1 and joins neighbours that every used view walks as one.
static void merge_dims(struct strip *strip) {
  const ProgramNode *node = strip->node;
  int has_index;
  uint32_t used = used_operands(strip, &has_index), n = 0;
  for (uint32_t d = 0; d < RANK; d++) {
    if (node->dims[d] == 1 && !has_index) continue;
    int joins = n > 0 && !has_index;
    for (uint32_t w = 0; w < 3 && joins; w++)
      if ((used >> w & 1) != 0 && (int64_t)strip->strides[w][n - 1] != (int64_t)node->operand[w].strides[d] * node->dims[d]) joins = 0;
    if (!joins) n++;
    strip->dims[n - 1] = joins ? strip->dims[n - 1] * node->dims[d] : node->dims[d];
    for (uint32_t w = 0; w < 3; w++) strip->strides[w][n - 1] = node->operand[w].strides[d];
  }
  if (n == 0) {
    strip->dims[0] = 1;
    for (uint32_t w = 0; w < 3; w++) strip->strides[w][0] = 0;
    n = 1;
  }
  strip->num_dims = n;
}

static int is_fixed(const struct strip *strip, const ProgramMicroOp *op) {
  switch (op->id) {
    case MICRO_ACC: case MICRO_INDEX: return 0;
    case MICRO_LOAD:
      for (uint32_t d = 0; d < strip->num_dims; d++)
        if (strip->strides[op->s1][d] != 0) return 0;
      return 1;
    default: break;
  }
  int arguments = num_arguments(op->id);
  if (arguments >= 1 && !strip->is_fixed[op->s1]) return 0;
  if (arguments >= 2 && op->s2 != MICRO_IMMEDIATE && !strip->is_fixed[op->s2]) return 0;
  return arguments < 3 || strip->is_fixed[op->s3];
}

static void set_fixed(struct strip *strip, uint32_t k, uint32_t width) {
  const ProgramMicroOp *op = &strip->node->micro_ops[strip->from + k];
  struct strip_value *y = &strip->scratch->values[k];
  strip->value[k] = y;
  if (op->id == MICRO_F32_CONST || op->id == MICRO_I32_CONST) fill_words(y, op->imm, width);
  else if (op->id == MICRO_I64_CONST) fill_wide(y->l, op->imm, width);
  else if (op->id == MICRO_LOAD) {
    union value x = load_element(strip->node->dtype[1 + op->s1], strip->operand[op->s1], (int64_t)strip->node->operand[op->s1].offset + op->imm);
    if (strip->class[k] == CLASS_I64) fill_wide(y->l, x.l, width);
    else fill_words(y, x.i, width);
  } else strip->value[k] = compute(strip, k, width);
}

void strip_begin(struct strip *strip, const struct command *command, uint32_t from, uint32_t to, enum value_class acc_class, struct scratch *scratch) {
  strip->node = command->node;
  strip->operand = command->operand;
  strip->out = command->out;
  strip->scratch = scratch;
  strip->from = from;
  strip->to = to;
  strip->acc_class = acc_class;
  uint32_t width = round_up(min_u32(node_elements(command->node), STRIP), 4);
  if (width == 0) return;
  merge_dims(strip);
  for (uint32_t k = 0; k < to - from; k++) {
    const ProgramMicroOp *op = &command->node->micro_ops[from + k];
    strip->class[k] = (uint8_t)op_class(strip, op);
    if (num_arguments(op->id) == 2 && op->s2 == MICRO_IMMEDIATE) {
      if (has_wide_arguments(op->id)) fill_wide(scratch->immediates[k].l, op->imm, width);
      else fill_words(&scratch->immediates[k], op->imm, width);
    }
    strip->is_fixed[k] = (uint8_t)is_fixed(strip, op);
    if (strip->is_fixed[k]) set_fixed(strip, k, width);
  }
}

// ---- stores

static void store_f32(float *out, const float *values, uint32_t n) {
  const v128_t nan = wasm_i32x4_splat(F32_NAN_BITS);
  uint32_t e = 0;
  for (; e + 16 <= n; e += 16)
    for (uint32_t j = 0; j < 16; j += 4) {
      v128_t x = wasm_v128_load(values + e + j);
      wasm_v128_store(out + e + j, wasm_v128_bitselect(x, nan, wasm_f32x4_eq(x, x)));
    }
  for (; e + 4 <= n; e += 4) {
    v128_t x = wasm_v128_load(values + e);
    wasm_v128_store(out + e, wasm_v128_bitselect(x, nan, wasm_f32x4_eq(x, x)));
  }
  for (; e < n; e++) out[e] = f32_canonical(values[e]);
}

static void store_bytes(uint8_t *out, const int32_t *values, uint32_t n) {
  uint32_t e = 0;
  for (; e + 16 <= n; e += 16) {
    v128_t low = wasm_i8x16_shuffle(wasm_v128_load(values + e), wasm_v128_load(values + e + 4), 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
    v128_t high = wasm_i8x16_shuffle(wasm_v128_load(values + e + 8), wasm_v128_load(values + e + 12), 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
    wasm_v128_store(out + e, wasm_i64x2_shuffle(low, high, 0, 2));
  }
  for (; e < n; e++) out[e] = (uint8_t)values[e];
}

static void store_strip(const struct strip *strip, const void *values, uint32_t first, uint32_t count, void *out) {
  uint32_t dtype = strip->node->dtype[0];
  switch (dtype) {
    case DTYPE_F32: store_f32((float *)out + first, values, count); return;
    case DTYPE_I32: case DTYPE_U32: __builtin_memcpy((int32_t *)out + first, values, count * 4); return;
    case DTYPE_I64: case DTYPE_U64: __builtin_memcpy((int64_t *)out + first, values, count * 8); return;
    case DTYPE_I8: case DTYPE_U8: store_bytes((uint8_t *)out + first, values, count); return;
    default:
      for (uint32_t e = 0; e < count; e++) store_element(dtype, out, first + e, (union value){.i = ((const int32_t *)values)[e]});
  }
}

void strip_run(struct strip *strip, uint32_t first, uint32_t count, const void *acc) {
  const void *last = acc;
  for (uint32_t k = 0; k < strip->to - strip->from; k++) {
    if (!strip->is_fixed[k]) {
      const ProgramMicroOp *op = &strip->node->micro_ops[strip->from + k];
      struct strip_value *y = &strip->scratch->values[k];
      if (op->id == MICRO_LOAD) strip->value[k] = load(strip, op, first, count, y);
      else if (op->id == MICRO_ACC) strip->value[k] = acc;
      else if (op->id == MICRO_INDEX) {
        coordinates(strip, op, first, count, y->i);
        strip->value[k] = y;
      } else strip->value[k] = compute(strip, k, count);
    }
    last = strip->value[k];
  }
  store_strip(strip, last, first, count, strip->out);
}
