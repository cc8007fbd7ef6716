// Loads and stores of strips.
#include "strip.h"

enum { MAX_SHORT = 8 };

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
    case DTYPE_I16:
      if (stride == 1) {
        const int16_t *x = (const int16_t *)data + index;
        uint32_t e = 0;
        for (; e + 4 <= n; e += 4) wasm_v128_store(&y->i[at + e], wasm_i32x4_load16x4(x + e));
        for (; e < n; e++) y->i[at + e] = x[e];
      } else GATHER(int16_t, i, *x);
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

// Rows of n < MAX_SHORT elements: y[at + r n + j] = element index + r row_stride + j stride of data, by columns.
static void gather_columns(uint32_t dtype, struct strip_value *y, uint32_t at, const void *data, int64_t index, int32_t stride, uint32_t n, int32_t row_stride, uint32_t num_rows) {
  struct strip_value column;
  for (uint32_t j = 0; j < n; j++, index += stride) {
    gather(dtype, &column, 0, data, index, row_stride, num_rows);
    for (uint32_t r = 0; r < num_rows; r++) y->i[at + r * n + j] = column.i[r];
  }
}

static void coordinates_of(const struct strip *strip, uint32_t first, uint32_t at[MAX_DIMS]) {
  for (uint32_t d = strip->num_dims; d-- > 1;) {
    at[d] = first % strip->dims[d];
    first /= strip->dims[d];
  }
  at[0] = first;
}

const void *strip_load(const struct strip *strip, const ProgramMicroOp *op, uint32_t first, uint32_t count, struct strip_value *y) {
  uint32_t w = op->s1, dtype = strip->node->dtype[1 + w], inner = strip->num_dims - 1, at[MAX_DIMS];
  const int32_t *strides = strip->strides[w];
  const void *data = strip->operand[w];
  int is_word = dtype == DTYPE_F32 || dtype == DTYPE_I32 || dtype == DTYPE_U32;
  if (strip->chained[w] != 0) { // as the earlier member of the chain has just made them
    data = strip[strip->chained[w] - (int32_t)strip->number - 1].result;
    if (is_word || dtype_class(dtype) == CLASS_I64) return data;
    gather(dtype, y, 0, data, 0, 1, count);
    return y;
  }
  int64_t index = (int64_t)strip->node->operand[w].offset + op->imm;
  if (is_word && strip->is_linear[w]) return (const int32_t *)data + index + first;
  coordinates_of(strip, first, at);
  for (uint32_t d = 0; d <= inner; d++) index += (int64_t)at[d] * strides[d];
  if (is_word && strides[inner] == 1 && at[inner] + count <= strip->dims[inner]) return (const int32_t *)data + index;
  int is_short = inner > 0 && strip->dims[inner] < MAX_SHORT && dtype_class(dtype) != CLASS_I64;
  for (uint32_t done = 0;;) {
    uint32_t n = min_u32(strip->dims[inner] - at[inner], count - done), rows = 1;
    if (is_short && n == strip->dims[inner]) rows = min_u32(strip->dims[inner - 1] - at[inner - 1], (count - done) / n);
    if (rows == 1) gather(dtype, y, done, data, index, strides[inner], n);
    else {
      gather_columns(dtype, y, done, data, index, strides[inner], n, strides[inner - 1], rows);
      index += (int64_t)(rows - 1) * strides[inner - 1];
      at[inner - 1] += rows - 1;
    }
    done += rows * n;
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

void strip_index(const struct strip *strip, const ProgramMicroOp *op, uint32_t first, uint32_t count, int32_t *y) {
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

static void store_halves(uint16_t *out, const int32_t *values, uint32_t n) {
  uint32_t e = 0;
  for (; e + 8 <= n; e += 8)
    wasm_v128_store(out + e, wasm_i16x8_shuffle(wasm_v128_load(values + e), wasm_v128_load(values + e + 4), 0, 2, 4, 6, 8, 10, 12, 14));
  for (; e < n; e++) out[e] = (uint16_t)values[e];
}

void strip_store(uint32_t dtype, const void *values, uint32_t count, void *out) {
  switch (dtype) {
    case DTYPE_F32: store_f32(out, values, count); return;
    case DTYPE_I32: case DTYPE_U32: __builtin_memcpy(out, values, count * 4); return;
    case DTYPE_I64: case DTYPE_U64: __builtin_memcpy(out, values, count * 8); return;
    case DTYPE_I16: case DTYPE_U16: store_halves(out, values, count); return;
    case DTYPE_I8: case DTYPE_U8: store_bytes(out, values, count); return;
    default:
      for (uint32_t e = 0; e < count; e++) store_element(dtype, out, e, (union value){.i = ((const int32_t *)values)[e]});
  }
}
