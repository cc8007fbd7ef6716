// Micro-ops on the elements of a block (spec/02 section 5). Each rounds on its own, so that a list has the bits of the nodes it replaces.
#include "numerics.h"
#include "opml_math.h"
#include "program.h"

#define EACH(statement)                                   \
  do {                                                    \
    for (uint32_t e = 0; e < n; e++) { statement; }       \
    return;                                               \
  } while (0)

static int32_t i32_div_s(int32_t a, int32_t b) {
  if (b == 0) return -1;
  return a == INT32_MIN && b == -1 ? a : a / b;
}

static int32_t i32_rem_s(int32_t a, int32_t b) {
  if (b == 0) return a;
  return a == INT32_MIN && b == -1 ? 0 : a % b;
}

static int64_t i64_div_s(int64_t a, int64_t b) {
  if (b == 0) return -1;
  return a == INT64_MIN && b == -1 ? a : a / b;
}

static int64_t i64_rem_s(int64_t a, int64_t b) {
  if (b == 0) return a;
  return a == INT64_MIN && b == -1 ? 0 : a % b;
}

static float f32_trunc(float x) {
  uint32_t bits = f32_bits(x), exponent = (bits >> 23) & 255u;
  if (exponent >= 150) return f32_canonical(x); // whole, infinite or NaN
  if (exponent < 127) return f32_from_bits(bits & F32_SIGN_BIT);
  return f32_from_bits(bits & ~(0x7fffffu >> (exponent - 127u)));
}

static float f32_floor(float x) {
  float whole = f32_trunc(x);
  return x < whole ? f32_add(whole, -1.0f) : whole;
}

static float f32_ceil(float x) {
  float whole = f32_trunc(x);
  return x > whole ? f32_from_bits(f32_bits(f32_add(whole, 1.0f)) | (f32_bits(x) & F32_SIGN_BIT)) : whole;
}

// a - trunc(a / b) b, exact, with the sign of a: long division of the mantissas.
static float f32_fmod(float a, float b) {
  uint32_t sign = f32_bits(a) & F32_SIGN_BIT, x = f32_bits(a) ^ sign, y = f32_bits(b) & ~F32_SIGN_BIT;
  if (x >= F32_INFINITY_BITS || y > F32_INFINITY_BITS || y == 0) return f32_from_bits(F32_NAN_BITS);
  if (x < y) return a;
  uint32_t ex = x >> 23, ey = y >> 23;
  uint32_t mx = ex == 0 ? x : (x & 0x7fffffu) | 0x800000u, my = ey == 0 ? y : (y & 0x7fffffu) | 0x800000u;
  if (ex == 0) ex = 1;
  if (ey == 0) ey = 1;
  for (;; ex--) {
    if (mx >= my) mx %= my;
    if (ex == ey || mx == 0) break;
    mx <<= 1;
  }
  while (mx != 0 && mx < 0x800000u && ey > 1) {
    mx <<= 1;
    ey--;
  }
  return f32_from_bits(sign | (mx < 0x800000u ? mx : (ey << 23) + (mx - 0x800000u)));
}

// x towards zero, saturated; NaN gives 0 (WebAssembly i64.trunc_sat_f32_s and _u).
static uint64_t f32_magnitude(float x, uint64_t limit) {
  uint32_t bits = f32_bits(x), exponent = (bits >> 23) & 255u;
  if (f32_is_nan(x) || exponent < 127) return 0;
  if (exponent >= 191) return limit;
  uint64_t mantissa = (bits & 0x7fffffu) | 0x800000u;
  uint64_t size = exponent >= 150 ? mantissa << (exponent - 150) : mantissa >> (150 - exponent);
  return size < limit ? size : limit;
}

static int64_t f32_to_i64(float x) {
  if ((f32_bits(x) & F32_SIGN_BIT) != 0) return (int64_t)(0 - f32_magnitude(x, 0x8000000000000000ull));
  return (int64_t)f32_magnitude(x, INT64_MAX);
}

static uint64_t f32_to_u64(float x) { return (f32_bits(x) & F32_SIGN_BIT) != 0 ? 0 : f32_magnitude(x, UINT64_MAX); }

// (a b) / 2^shift rounded, ties to even, saturated; a shift above 62 counts as 62.
static int32_t i32_requantize(int32_t a, int32_t b, uint32_t shift) {
  int64_t scaled = scale_accumulator(a, b, (int32_t)(shift < 62 ? shift : 62));
  if (scaled < INT32_MIN) return INT32_MIN;
  return scaled > INT32_MAX ? INT32_MAX : (int32_t)scaled;
}

static void load(struct block *block, const ProgramMicroOp *op, union value *y) {
  uint32_t n = block->count, dtype = block->node->dtype[1 + op->s1];
  EACH(y[e] = load_element(dtype, block->operand[op->s1], block_view(block, op->s1, e) + op->imm));
}

static void f32_op(uint32_t id, uint32_t n, union value *y, const union value *a, const union value *b) {
  switch (id) {
    case MICRO_F32_ADD: EACH(y[e].f = f32_add(a[e].f, b[e].f));
    case MICRO_F32_SUB: EACH(y[e].f = f32_add(a[e].f, -b[e].f));
    case MICRO_F32_MUL: EACH(y[e].f = f32_mul(a[e].f, b[e].f));
    case MICRO_F32_DIV: EACH(y[e].f = a[e].f / b[e].f);
    case MICRO_F32_MIN: EACH(y[e].f = f32_min(a[e].f, b[e].f));
    case MICRO_F32_MAX: EACH(y[e].f = f32_max(a[e].f, b[e].f));
    case MICRO_F32_FMOD: EACH(y[e].f = f32_fmod(a[e].f, b[e].f));
    case MICRO_F32_POW: EACH(y[e].f = pow32(a[e].f, b[e].f));
    case MICRO_F32_EQ: EACH(y[e].i = a[e].f == b[e].f);
    case MICRO_F32_LT: EACH(y[e].i = a[e].f < b[e].f);
    case MICRO_F32_LE: EACH(y[e].i = a[e].f <= b[e].f);
    case MICRO_F32_NEG: EACH(y[e].u = a[e].u ^ F32_SIGN_BIT);
    case MICRO_F32_ABS: EACH(y[e].u = a[e].u & ~F32_SIGN_BIT);
    case MICRO_F32_SQRT: EACH(y[e].f = f32_sqrt(a[e].f));
    case MICRO_F32_FLOOR: EACH(y[e].f = f32_floor(a[e].f));
    case MICRO_F32_CEIL: EACH(y[e].f = f32_ceil(a[e].f));
    case MICRO_F32_TRUNC: EACH(y[e].f = f32_trunc(a[e].f));
    case MICRO_F32_NEAREST: EACH(y[e].f = f32_round_half_even(a[e].f));
    case MICRO_F32_EXP: EACH(y[e].f = exp32(a[e].f));
    case MICRO_F32_LOG: EACH(y[e].f = log32(a[e].f));
    case MICRO_F32_SIN: EACH(y[e].f = sin32(a[e].f));
    case MICRO_F32_COS: EACH(y[e].f = cos32(a[e].f));
    case MICRO_F32_TAN: EACH(y[e].f = tan32(a[e].f));
    case MICRO_F32_ASIN: EACH(y[e].f = asin32(a[e].f));
    case MICRO_F32_ACOS: EACH(y[e].f = acos32(a[e].f));
    case MICRO_F32_ATAN: EACH(y[e].f = atan32(a[e].f));
    case MICRO_F32_SINH: EACH(y[e].f = sinh32(a[e].f));
    case MICRO_F32_COSH: EACH(y[e].f = cosh32(a[e].f));
    case MICRO_F32_TANH: EACH(y[e].f = tanh32(a[e].f));
    case MICRO_F32_ASINH: EACH(y[e].f = asinh32(a[e].f));
    case MICRO_F32_ACOSH: EACH(y[e].f = acosh32(a[e].f));
    case MICRO_F32_ATANH: EACH(y[e].f = atanh32(a[e].f));
    case MICRO_F32_LOG1P: EACH(y[e].f = log1p32(a[e].f));
    case MICRO_F32_SOFTPLUS: EACH(y[e].f = softplus32(a[e].f));
    case MICRO_F32_ERF: EACH(y[e].f = erf32(a[e].f));
    case MICRO_F32_F16_ROUND: EACH(y[e].f = f16_to_f32(f32_to_f16(a[e].f)));
    case MICRO_F32_BF16_ROUND: EACH(y[e].f = bf16_to_f32(f32_to_bf16(a[e].f)));
    case MICRO_F32_SIGMOID: EACH(y[e].f = sigmoid32(a[e].f));
    default: EACH(y[e].l = 0);
  }
}

static void i32_op(uint32_t id, uint32_t n, union value *y, const union value *a, const union value *b) {
  switch (id) {
    case MICRO_I32_ADD: EACH(y[e].u = a[e].u + b[e].u);
    case MICRO_I32_SUB: EACH(y[e].u = a[e].u - b[e].u);
    case MICRO_I32_MUL: EACH(y[e].u = a[e].u * b[e].u);
    case MICRO_I32_DIV_S: EACH(y[e].i = i32_div_s(a[e].i, b[e].i));
    case MICRO_I32_DIV_U: EACH(y[e].u = b[e].u == 0 ? UINT32_MAX : a[e].u / b[e].u);
    case MICRO_I32_REM_S: EACH(y[e].i = i32_rem_s(a[e].i, b[e].i));
    case MICRO_I32_REM_U: EACH(y[e].u = b[e].u == 0 ? a[e].u : a[e].u % b[e].u);
    case MICRO_I32_MIN_S: EACH(y[e].i = a[e].i < b[e].i ? a[e].i : b[e].i);
    case MICRO_I32_MIN_U: EACH(y[e].u = a[e].u < b[e].u ? a[e].u : b[e].u);
    case MICRO_I32_MAX_S: EACH(y[e].i = a[e].i > b[e].i ? a[e].i : b[e].i);
    case MICRO_I32_MAX_U: EACH(y[e].u = a[e].u > b[e].u ? a[e].u : b[e].u);
    case MICRO_I32_AND: EACH(y[e].u = a[e].u & b[e].u);
    case MICRO_I32_OR: EACH(y[e].u = a[e].u | b[e].u);
    case MICRO_I32_XOR: EACH(y[e].u = a[e].u ^ b[e].u);
    case MICRO_I32_SHL: EACH(y[e].u = b[e].u < 32 ? a[e].u << b[e].u : 0);
    case MICRO_I32_SHR_S: EACH(y[e].i = a[e].i >> (b[e].u < 32 ? b[e].u : 31));
    case MICRO_I32_SHR_U: EACH(y[e].u = b[e].u < 32 ? a[e].u >> b[e].u : 0);
    case MICRO_I32_EQ: EACH(y[e].i = a[e].u == b[e].u);
    case MICRO_I32_LT_S: EACH(y[e].i = a[e].i < b[e].i);
    case MICRO_I32_LT_U: EACH(y[e].i = a[e].u < b[e].u);
    case MICRO_I32_LE_S: EACH(y[e].i = a[e].i <= b[e].i);
    case MICRO_I32_LE_U: EACH(y[e].i = a[e].u <= b[e].u);
    default: EACH(y[e].l = 0);
  }
}

static void i64_op(uint32_t id, uint32_t n, union value *y, const union value *a, const union value *b) {
  switch (id) {
    case MICRO_I64_ADD: EACH(y[e].ul = a[e].ul + b[e].ul);
    case MICRO_I64_SUB: EACH(y[e].ul = a[e].ul - b[e].ul);
    case MICRO_I64_MUL: EACH(y[e].ul = a[e].ul * b[e].ul);
    case MICRO_I64_DIV_S: EACH(y[e].l = i64_div_s(a[e].l, b[e].l));
    case MICRO_I64_DIV_U: EACH(y[e].ul = b[e].ul == 0 ? UINT64_MAX : a[e].ul / b[e].ul);
    case MICRO_I64_REM_S: EACH(y[e].l = i64_rem_s(a[e].l, b[e].l));
    case MICRO_I64_REM_U: EACH(y[e].ul = b[e].ul == 0 ? a[e].ul : a[e].ul % b[e].ul);
    case MICRO_I64_MIN_S: EACH(y[e].l = a[e].l < b[e].l ? a[e].l : b[e].l);
    case MICRO_I64_MIN_U: EACH(y[e].ul = a[e].ul < b[e].ul ? a[e].ul : b[e].ul);
    case MICRO_I64_MAX_S: EACH(y[e].l = a[e].l > b[e].l ? a[e].l : b[e].l);
    case MICRO_I64_MAX_U: EACH(y[e].ul = a[e].ul > b[e].ul ? a[e].ul : b[e].ul);
    case MICRO_I64_AND: EACH(y[e].ul = a[e].ul & b[e].ul);
    case MICRO_I64_OR: EACH(y[e].ul = a[e].ul | b[e].ul);
    case MICRO_I64_XOR: EACH(y[e].ul = a[e].ul ^ b[e].ul);
    case MICRO_I64_SHL: EACH(y[e].ul = b[e].ul < 64 ? a[e].ul << b[e].ul : 0);
    case MICRO_I64_SHR_S: EACH(y[e].l = a[e].l >> (b[e].ul < 64 ? b[e].ul : 63));
    case MICRO_I64_SHR_U: EACH(y[e].ul = b[e].ul < 64 ? a[e].ul >> b[e].ul : 0);
    case MICRO_I64_EQ: EACH(y[e].i = a[e].ul == b[e].ul);
    case MICRO_I64_LT_S: EACH(y[e].i = a[e].l < b[e].l);
    case MICRO_I64_LT_U: EACH(y[e].i = a[e].ul < b[e].ul);
    case MICRO_I64_LE_S: EACH(y[e].i = a[e].l <= b[e].l);
    case MICRO_I64_LE_U: EACH(y[e].i = a[e].ul <= b[e].ul);
    default: EACH(y[e].l = 0);
  }
}

static void convert_op(uint32_t id, uint32_t n, union value *y, const union value *a) {
  switch (id) {
    case MICRO_I32_TRUNC_SAT_F32_S: EACH(y[e].i = f32_to_i32(a[e].f));
    case MICRO_I32_TRUNC_SAT_F32_U: EACH(y[e].u = f32_to_u32(a[e].f));
    case MICRO_I64_TRUNC_SAT_F32_S: EACH(y[e].l = f32_to_i64(a[e].f));
    case MICRO_I64_TRUNC_SAT_F32_U: EACH(y[e].ul = f32_to_u64(a[e].f));
    case MICRO_F32_CONVERT_I32_S: EACH(y[e].f = (float)a[e].i);
    case MICRO_F32_CONVERT_I32_U: EACH(y[e].f = (float)a[e].u);
    case MICRO_F32_CONVERT_I64_S: EACH(y[e].f = (float)a[e].l);
    case MICRO_F32_CONVERT_I64_U: EACH(y[e].f = (float)a[e].ul);
    case MICRO_I64_EXTEND_I32_S: EACH(y[e].l = a[e].i);
    case MICRO_I64_EXTEND_I32_U: EACH(y[e].ul = a[e].u);
    case MICRO_I32_WRAP_I64: EACH(y[e].i = (int32_t)a[e].l);
    default: EACH(y[e].l = 0);
  }
}

// Sources of values, and what has three arguments.
static int special_op(struct block *block, const ProgramMicroOp *op, union value *y) {
  union value (*values)[MAX_BLOCK_ELEMENTS] = block->values;
  uint32_t n = block->count;
  switch (op->id) {
    case MICRO_LOAD: load(block, op, y); return 1;
    case MICRO_I64_CONST:
      for (uint32_t e = 0; e < n; e++) y[e].l = op->imm;
      return 1;
    case MICRO_F32_CONST: case MICRO_I32_CONST:
      for (uint32_t e = 0; e < n; e++) y[e].i = op->imm;
      return 1;
    case MICRO_INDEX:
      for (uint32_t e = 0; e < n; e++) y[e].i = block->coordinate[op->s1][e];
      return 1;
    case MICRO_ACC:
      for (uint32_t e = 0; e < n; e++) y[e] = block->acc[e];
      return 1;
    case MICRO_F32_SELECT: case MICRO_I32_SELECT: case MICRO_I64_SELECT:
      for (uint32_t e = 0; e < n; e++) y[e] = values[op->s1][e].i != 0 ? values[op->s2][e] : values[op->s3][e];
      return 1;
    case MICRO_I32_REQUANTIZE:
      for (uint32_t e = 0; e < n; e++) y[e].i = i32_requantize(values[op->s1][e].i, values[op->s2][e].i, values[op->s3][e].u);
      return 1;
    default: return 0;
  }
}

static void micro_op(struct block *block, const ProgramMicroOp *op, union value *y) {
  if (special_op(block, op, y)) return;
  union value immediate[MAX_BLOCK_ELEMENTS];
  const union value *a = block->values[op->s1], *b = immediate;
  if (op->s2 != MICRO_IMMEDIATE) b = block->values[op->s2];
  else
    for (uint32_t e = 0; e < block->count; e++) immediate[e].l = op->imm;
  if (op->id < MICRO_I32_ADD) f32_op(op->id, block->count, y, a, b);
  else if (op->id < MICRO_I64_ADD) i32_op(op->id, block->count, y, a, b);
  else if (op->id < MICRO_I32_TRUNC_SAT_F32_S) i64_op(op->id, block->count, y, a, b);
  else convert_op(op->id, block->count, y, a);
}

const union value *block_micro_ops(struct block *block, uint32_t from, uint32_t to) {
  if (from == to) return block->acc;
  for (uint32_t k = from; k < to; k++) micro_op(block, &block->node->micro_ops[k], block->values[k - from]);
  return block->values[to - 1 - from];
}

enum value_class block_micro_ops_class(const struct block *block, uint32_t count, enum value_class acc) {
  if (count == 0) return acc;
  const ProgramMicroOp *last = &block->node->micro_ops[count - 1];
  switch (last->id) {
    case MICRO_ACC: return acc;
    case MICRO_LOAD: return dtype_class(block->node->dtype[1 + last->s1]);
    case MICRO_F32_CONST: case MICRO_F32_SELECT: case MICRO_F32_CONVERT_I32_S: case MICRO_F32_CONVERT_I32_U:
    case MICRO_F32_CONVERT_I64_S: case MICRO_F32_CONVERT_I64_U: return CLASS_F32;
    case MICRO_I64_CONST: case MICRO_I64_SELECT: case MICRO_I64_TRUNC_SAT_F32_S: case MICRO_I64_TRUNC_SAT_F32_U:
    case MICRO_I64_EXTEND_I32_S: case MICRO_I64_EXTEND_I32_U: return CLASS_I64;
    default: break;
  }
  if (last->id >= MICRO_F32_ADD && last->id < MICRO_F32_EQ) return CLASS_F32;
  return last->id >= MICRO_I64_ADD && last->id < MICRO_I64_EQ ? CLASS_I64 : CLASS_I32; // comparisons give i32
}
