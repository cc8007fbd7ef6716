// Operators on rows: Reduce, Softmax and Normalize of f32 along elements that lie side by side. Other forms stay with the portable kernels.
#include <wasm_simd128.h>

#include "reduce.h"

// Lanes of an ordered sum.
struct lanes {
  v128_t v[4];
};

static inline struct lanes lanes_zero(void) {
  v128_t zero = wasm_f32x4_splat(0.0f);
  return (struct lanes){{zero, zero, zero, zero}};
}

static inline float lanes_fold(const struct lanes *s) {
  v128_t t = wasm_f32x4_add(wasm_f32x4_add(s->v[0], s->v[2]), wasm_f32x4_add(s->v[1], s->v[3]));
  t = wasm_f32x4_add(t, wasm_i32x4_shuffle(t, t, 2, 3, 2, 3));
  return wasm_f32x4_extract_lane(t, 0) + wasm_f32x4_extract_lane(t, 1);
}

// The last n < 16 terms.
static inline void lanes_tail(struct lanes *s, const float *x, uint32_t n) {
  float lane[NUM_LANES];
  for (uint32_t i = 0; i < 4; i++) wasm_v128_store(lane + 4 * i, s->v[i]);
  for (uint32_t i = 0; i < n; i++) lane[i] += x[i];
  for (uint32_t i = 0; i < 4; i++) s->v[i] = wasm_v128_load(lane + 4 * i);
}

static float sum_of(const float *x, uint32_t n) {
  struct lanes s = lanes_zero();
  uint32_t i = 0;
  for (; i + NUM_LANES <= n; i += NUM_LANES)
    for (uint32_t j = 0; j < 4; j++) s.v[j] = wasm_f32x4_add(s.v[j], wasm_v128_load(x + i + 4 * j));
  lanes_tail(&s, x + i, n - i);
  return lanes_fold(&s);
}

static float sum_of_squares(const float *x, float mean, uint32_t n) {
  struct lanes s = lanes_zero();
  v128_t m = wasm_f32x4_splat(mean);
  float rest[NUM_LANES];
  uint32_t i = 0;
  for (; i + NUM_LANES <= n; i += NUM_LANES)
    for (uint32_t j = 0; j < 4; j++) {
      v128_t d = wasm_f32x4_sub(wasm_v128_load(x + i + 4 * j), m);
      s.v[j] = wasm_f32x4_add(s.v[j], wasm_f32x4_mul(d, d));
    }
  for (uint32_t k = i; k < n; k++) rest[k - i] = (x[k] - mean) * (x[k] - mean);
  lanes_tail(&s, rest, n - i);
  return lanes_fold(&s);
}

// The greatest (or least) of x[n] and `start`; NaN if any is.
static float extreme_of(const float *x, uint32_t n, float start, int is_max) {
  v128_t best = wasm_f32x4_splat(start);
  uint32_t i = 0;
  for (; i + 4 <= n; i += 4) best = is_max ? wasm_f32x4_max(best, wasm_v128_load(x + i)) : wasm_f32x4_min(best, wasm_v128_load(x + i));
  for (; i < n; i++) best = is_max ? wasm_f32x4_max(best, wasm_f32x4_splat(x[i])) : wasm_f32x4_min(best, wasm_f32x4_splat(x[i]));
  v128_t other = wasm_i32x4_shuffle(best, best, 2, 3, 2, 3);
  best = is_max ? wasm_f32x4_max(best, other) : wasm_f32x4_min(best, other);
  other = wasm_i32x4_shuffle(best, best, 1, 1, 1, 1);
  best = is_max ? wasm_f32x4_max(best, other) : wasm_f32x4_min(best, other);
  return wasm_f32x4_extract_lane(best, 0);
}

// ---- Reduce

static float infinity(int is_negative) { return f32_from_bits(F32_INFINITY_BITS | (is_negative ? F32_SIGN_BIT : 0)); }

static float reduce_element(const struct reduction *r, uint32_t mode, const float *x) {
  uint32_t inner = r->num_axes - 1, term = 0;
  if (inner == 0 && r->strides[0] == 1) {
    if (mode == MODE_SUM) return sum_of(x, r->sizes[0]);
    return extreme_of(x, r->sizes[0], infinity(mode == MODE_MAX), mode == MODE_MAX);
  }
  float lane[NUM_LANES] = {0}, best = infinity(mode == MODE_MAX);
  uint32_t s0 = inner >= 2 ? r->sizes[inner - 2] : 1, s1 = inner >= 1 ? r->sizes[inner - 1] : 1;
  int32_t t0 = inner >= 2 ? r->strides[inner - 2] : 0, t1 = inner >= 1 ? r->strides[inner - 1] : 0, t2 = r->strides[inner];
  for (uint32_t i = 0; i < s0; i++)
    for (uint32_t j = 0; j < s1; j++) {
      const float *row = x + (int64_t)i * t0 + (int64_t)j * t1;
      for (uint32_t k = 0; k < r->sizes[inner]; k++, row += t2) {
        if (mode == MODE_SUM) lane[term++ % NUM_LANES] += *row;
        else best = mode == MODE_MAX ? __builtin_wasm_max_f32(best, *row) : __builtin_wasm_min_f32(best, *row);
      }
    }
  return mode == MODE_SUM ? f32_fold16(lane) : best;
}

// A part is shape[0] output elements.
static void run_reduce(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  const ProgramNode *node = command->node;
  struct reduction r = reduction_of(node);
  uint32_t size = command->shape[0], numElements = node_elements(node), mode = node->attributes[ATTRIBUTE_REDUCE_MODE];
  struct strip *strip = strip_begin(command, 0, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t start = i * size, count = min_u32(numElements - start, size);
    for (uint32_t e = 0; e < count; e++) scratch->acc[e] = reduce_element(&r, mode, (const float *)command->operand[0] + view_start(node, start + e));
    strip_run(strip, start, count, scratch->acc);
  }
}

int prepare_reduce(struct command *command) {
  const ProgramNode *node = command->node;
  uint32_t mode = node->attributes[ATTRIBUTE_REDUCE_MODE];
  if (node->dtype[1] != DTYPE_F32 || node->attributes[ATTRIBUTE_REDUCE_NUM_PRE_OPS] != 0) return 0;
  if ((mode != MODE_SUM && mode != MODE_MAX && mode != MODE_MIN) || node_elements(node) == 0) return 0;
  struct reduction r = reduction_of(node);
  if (r.terms == 0) return 0;
  command->kernel = run_reduce;
  set_reduce_parts(command, r.terms);
  return 1;
}

// ---- rows of the output: Softmax, Normalize

// Whether view a walks the output's dims from `dim` on as they lie in memory.
static int is_row_dense(const ProgramNode *node, uint32_t dim, uint32_t *length) {
  *length = 1;
  for (uint32_t d = RANK; d-- > dim;) {
    if (node->dims[d] != 1 && node->operand[0].strides[d] != (int32_t)*length) return 0;
    *length *= node->dims[d];
  }
  return node->dtype[1] == DTYPE_F32 && *length <= PANEL_FLOATS && node_elements(node) != 0;
}

static void run_strips(struct strip *strip, uint32_t first, uint32_t count, const float *acc) {
  for (uint32_t e = 0; e < count; e += STRIP) strip_run(strip, first + e, min_u32(count - e, STRIP), acc + e);
}

static void softmax_row(const float *x, uint32_t n, int is_log, float *y) {
  float max = extreme_of(x, n, infinity(1), 1);
  v128_t m = wasm_f32x4_splat(max);
  float scale_word[4] = {0};
  for (uint32_t i = 0; i < n; i += 4) wasm_v128_store(y + i, wasm_f32x4_sub(wasm_v128_load(x + i), m));
  if (is_log) {
    float *terms = y + round_up(n, 4);
    math_array(MICRO_F32_EXP, terms, y, round_up(n, 4));
    scale_word[0] = sum_of(terms, n);
    math_array(MICRO_F32_LOG, scale_word, scale_word, 4);
  } else {
    math_array(MICRO_F32_EXP, y, y, round_up(n, 4));
    scale_word[0] = sum_of(y, n);
  }
  v128_t scale = wasm_f32x4_splat(scale_word[0]);
  for (uint32_t i = 0; i < n; i += 4) {
    v128_t z = wasm_v128_load(y + i);
    wasm_v128_store(y + i, is_log ? wasm_f32x4_sub(z, scale) : wasm_f32x4_div(z, scale));
  }
}

static void run_softmax(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  const ProgramNode *node = command->node;
  uint32_t length = command->shape[0];
  struct strip *strip = strip_begin(command, 0, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    softmax_row((const float *)command->operand[0] + view_start(node, i * length), length, (int)node->attributes[ATTRIBUTE_SOFTMAX_IS_LOG], scratch->panels);
    run_strips(strip, i * length, length, scratch->panels);
  }
}

static int set_rows(struct command *command, uint32_t length, kernel_fn *kernel) {
  command->shape[0] = length;
  command->kernel = kernel;
  command->num_parts = node_elements(command->node) / length;
  command->part_cost = length * 8;
  return 1;
}

int prepare_softmax(struct command *command) {
  uint32_t axis = command->node->attributes[ATTRIBUTE_SOFTMAX_AXIS], length;
  for (uint32_t d = axis + 1; d < RANK; d++)
    if (command->node->dims[d] != 1) return 0;
  if (!is_row_dense(command->node, axis, &length) || round_up(length, 4) * 2 > PANEL_FLOATS) return 0;
  return set_rows(command, length, run_softmax);
}

static void run_normalize(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  const ProgramNode *node = command->node;
  uint32_t length = command->shape[0];
  float epsilon = f32_from_bits(node->attributes[ATTRIBUTE_NORMALIZE_EPSILON]);
  struct strip *strip = strip_begin(command, 0, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    const float *x = (const float *)command->operand[0] + view_start(node, i * length);
    float mean = node->attributes[ATTRIBUTE_NORMALIZE_IS_RMS] ? 0.0f : sum_of(x, length) / (float)length;
    float variance = sum_of_squares(x, mean, length) / (float)length;
    v128_t m = wasm_f32x4_splat(mean), root = wasm_f32x4_sqrt(wasm_f32x4_splat(variance + epsilon));
    for (uint32_t e = 0; e < length; e += 4) wasm_v128_store(scratch->panels + e, wasm_f32x4_div(wasm_f32x4_sub(wasm_v128_load(x + e), m), root));
    run_strips(strip, i * length, length, scratch->panels);
  }
}

int prepare_normalize(struct command *command) {
  uint32_t length;
  if (!is_row_dense(command->node, RANK - command->node->attributes[ATTRIBUTE_NORMALIZE_NUM_AXES], &length)) return 0;
  return set_rows(command, length, run_normalize);
}
