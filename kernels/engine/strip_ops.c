// Micro-ops on strips, four lanes at a time; the same rules as kernels/ops/micro_ops.c, which does whatever has no vector form here.
#include "strip.h"

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

// Quotients toward zero. f64 gives them exactly: a quotient of words is 1 / |b| or more from the next whole number, its rounding moves it by
// less than 2^-21 / |b|. ÷ 0 gives -1, the least word ÷ -1 itself.
static v128_t quotients(v128_t a, v128_t b) {
  v128_t high_a = wasm_i64x2_shuffle(a, a, 1, 1), high_b = wasm_i64x2_shuffle(b, b, 1, 1);
  v128_t low = wasm_i32x4_trunc_sat_f64x2_zero(wasm_f64x2_div(wasm_f64x2_convert_low_i32x4(a), wasm_f64x2_convert_low_i32x4(b)));
  v128_t high = wasm_i32x4_trunc_sat_f64x2_zero(wasm_f64x2_div(wasm_f64x2_convert_low_i32x4(high_a), wasm_f64x2_convert_low_i32x4(high_b)));
  v128_t minus_one = wasm_i32x4_splat(-1), least = wasm_i32x4_splat(INT32_MIN);
  v128_t is_beyond = wasm_v128_and(wasm_i32x4_eq(a, least), wasm_i32x4_eq(b, minus_one));
  v128_t y = wasm_v128_bitselect(least, wasm_i64x2_shuffle(low, high, 0, 2), is_beyond);
  return wasm_v128_bitselect(minus_one, y, wasm_i32x4_eq(b, wasm_i32x4_splat(0)));
}

static int binary_op(uint32_t id, struct strip_value *y, const void *a, const void *b, uint32_t n) {
  switch (id) {
    case MICRO_F32_ADD: BINARY(wasm_f32x4_add(x, z));
    case MICRO_F32_SUB: BINARY(wasm_f32x4_sub(x, z));
    case MICRO_F32_MUL: BINARY(wasm_f32x4_mul(x, z));
    case MICRO_F32_DIV: BINARY(wasm_f32x4_div(x, z));
    case MICRO_F32_MIN: BINARY(wasm_f32x4_min(x, z));
    case MICRO_F32_MAX: BINARY(wasm_f32x4_max(x, z));
    case MICRO_F32_POW: pow32_array(y->f, a, b, n); return 1;
    case MICRO_F32_EQ: BINARY(one_if(wasm_f32x4_eq(x, z)));
    case MICRO_F32_LT: BINARY(one_if(wasm_f32x4_lt(x, z)));
    case MICRO_F32_LE: BINARY(one_if(wasm_f32x4_le(x, z)));
    case MICRO_I32_ADD: BINARY(wasm_i32x4_add(x, z));
    case MICRO_I32_SUB: BINARY(wasm_i32x4_sub(x, z));
    case MICRO_I32_MUL: BINARY(wasm_i32x4_mul(x, z));
    case MICRO_I32_DIV_S: BINARY(quotients(x, z));
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

// spec/01 section 3, two products at a time by one shift: half a unit less one and the last bit of the quotient make ties even.
// INVARIANT: a product is at most 2^62, so that the sum stays below 2^63.
static inline v128_t scale_pair(v128_t p, uint32_t shift) {
  if (shift == 0) return p;
  v128_t last = wasm_v128_and(wasm_u64x2_shr(p, shift), wasm_i64x2_splat(1));
  return wasm_i64x2_shr(wasm_i64x2_add(wasm_i64x2_add(p, last), wasm_i64x2_splat(((int64_t)1 << (shift - 1)) - 1)), shift);
}

// The low words of two pairs, saturated: a word fits if the high one is nothing but its sign.
static inline v128_t narrow_pairs(v128_t low, v128_t high) {
  v128_t words = wasm_i32x4_shuffle(low, high, 0, 2, 4, 6), rest = wasm_i32x4_shuffle(low, high, 1, 3, 5, 7);
  v128_t limit = wasm_v128_xor(wasm_i32x4_shr(rest, 31), wasm_i32x4_splat(INT32_MAX));
  return wasm_v128_bitselect(words, limit, wasm_i32x4_eq(rest, wasm_i32x4_shr(words, 31)));
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

const void *strip_compute(struct strip *strip, uint32_t k, uint32_t count) {
  const ProgramMicroOp *op = &strip->node->micro_ops[strip->from + k];
  struct strip_value *y = strip->values[k];
  int arguments = num_arguments(op->id);
  const void *a = strip->value[op->s1], *b = 0;
  uint32_t n = round_up(count, 4);
  if (arguments == 1) {
    if (unary_op(op->id, y, a, n)) return y;
  } else if (arguments == 2) {
    b = op->s2 == MICRO_IMMEDIATE ? strip->immediates[k] : strip->value[op->s2];
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
