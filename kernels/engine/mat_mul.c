// MatMul: the dims of the output are sorted into rows (only one operand moves), columns (only the other one does) and batches (the
// rest). Few rows go through dot products, which need each column's terms side by side; more go through tiles.
#include <wasm_simd128.h>

#include "mat_mul.h"

struct merged {
  uint32_t num_dims, dims[MAX_DIMS];
  int32_t strides[2][MAX_DIMS];
};

static struct merged merge(const ProgramNode *node) {
  struct merged m = {.num_dims = 0};
  for (uint32_t d = 0; d < RANK; d++) {
    if (node->dims[d] == 1) continue;
    uint32_t n = m.num_dims;
    int joins = n > 0;
    for (uint32_t w = 0; w < 2 && joins; w++)
      if ((int64_t)m.strides[w][n - 1] != (int64_t)node->operand[w].strides[d] * node->dims[d]) joins = 0;
    if (!joins) n = ++m.num_dims;
    m.dims[n - 1] = joins ? m.dims[n - 1] * node->dims[d] : node->dims[d];
    for (uint32_t w = 0; w < 2; w++) m.strides[w][n - 1] = node->operand[w].strides[d];
  }
  return m;
}

struct product product_of(const ProgramNode *node) {
  struct merged m = merge(node);
  uint32_t last = m.num_dims, col_operand = 1;
  struct product p = {.rows = 1, .cols = 1, .depth = node->attributes[ATTRIBUTE_MAT_MUL_K], .num_batches = 1};
  int32_t steps[2] = {0, 0}; // of rows, of columns
  if (last > 0 && (m.strides[0][last - 1] == 0 || m.strides[1][last - 1] == 0)) {
    last--;
    col_operand = m.strides[1][last] == 0 ? 0 : 1;
    p.cols = m.dims[last];
    steps[1] = m.strides[col_operand][last];
    if (last > 0 && m.strides[col_operand][last - 1] == 0) {
      last--;
      p.rows = m.dims[last];
      steps[0] = m.strides[1 - col_operand][last];
    }
  }
  p.num_batch_dims = last;
  for (uint32_t d = 0; d < last; d++) {
    p.batch_dims[d] = m.dims[d];
    p.num_batches *= m.dims[d];
  }
  struct side *sides[2] = {&p.row_side, &p.col_side};
  for (uint32_t i = 0; i < 2; i++) {
    uint32_t operand = i == 1 ? col_operand : 1 - col_operand;
    *sides[i] = (struct side){.operand = operand, .dtype = node->dtype[1 + operand], .step = steps[i]};
    sides[i]->depth_stride = (int32_t)node->attributes[ATTRIBUTE_MAT_MUL_STRIDE_A + operand];
    for (uint32_t d = 0; d < last; d++) sides[i]->batch_strides[d] = m.strides[operand][d];
  }
  return p;
}

static int is_shared_by_batches(const struct product *p, const struct side *side) {
  for (uint32_t d = 0; d < p->num_batch_dims; d++)
    if (side->batch_strides[d] != 0) return 0;
  return 1;
}

int64_t batch_start(const struct command *command, const struct product *p, const struct side *side, uint32_t batch) {
  int64_t index = command->node->operand[side->operand].offset;
  for (uint32_t d = p->num_batch_dims; d-- > 0; batch /= p->batch_dims[d]) index += (int64_t)side->batch_strides[d] * (batch % p->batch_dims[d]);
  return index;
}

static inline float element(const struct side *side, const void *data, int64_t index) {
  return side->dtype == DTYPE_F32 ? ((const float *)data)[index] : load_element(side->dtype, data, index).f;
}

// Panels `width` wide of `count` rows or columns, the first of which begins at element `index`.
static void pack_panels(const struct side *side, const void *data, int64_t index, uint32_t count, uint32_t depth, uint32_t width, float *panels) {
  struct term_order order = term_order(depth);
  for (uint32_t first = 0; first < count; first += width, panels += width * depth) {
    uint32_t used = min_u32(count - first, width);
    int64_t start = index + (int64_t)first * side->step;
    for (uint32_t i = 0; i < depth; i++, start += side->depth_stride) {
      float *place = panels + term_place(&order, i) * width;
      if (side->dtype == DTYPE_F32 && side->step == 1 && used == width) {
        for (uint32_t j = 0; j < width; j += 4) wasm_v128_store(place + j, wasm_v128_load((const float *)data + start + j));
        continue;
      }
      for (uint32_t j = 0; j < width; j++) place[j] = j < used ? element(side, data, start + (int64_t)j * side->step) : 0.0f;
    }
  }
}

// ---- tiles

struct source {
  const struct command *command;
  struct product product;
  uint32_t batch;
};

static void pack_side(const struct gemm *gemm, const struct side *side, float *panels, uint32_t first, uint32_t count, uint32_t width) {
  const struct source *source = gemm->source;
  int64_t index = batch_start(source->command, &source->product, side, source->batch) + (int64_t)first * side->step;
  pack_panels(side, source->command->operand[side->operand], index, count, gemm->depth, width, panels);
}

static void pack_rows(const struct gemm *gemm, float *panels, uint32_t first, uint32_t count) {
  pack_side(gemm, &((const struct source *)gemm->source)->product.row_side, panels, first, count, TILE_ROWS);
}

static void pack_cols(const struct gemm *gemm, float *panels, uint32_t first, uint32_t count) {
  pack_side(gemm, &((const struct source *)gemm->source)->product.col_side, panels, first, count, TILE_COLS);
}

// command->shape: what is packed
enum { SHAPE_PACKED, PACKED_NOTHING = 0, PACKED_ROWS, PACKED_COLS, PACKED_DOT };

static void run_tiles(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct source source = {.command = command, .product = product_of(command->node)};
  const struct product *p = &source.product;
  struct gemm gemm = {.rows = p->rows, .cols = p->cols, .depth = p->depth, .pack_rows = pack_rows, .pack_cols = pack_cols, .source = &source};
  gemm_blocks(p->rows, p->cols, p->depth, &gemm.block_rows, &gemm.block_cols);
  if (command->shape[SHAPE_PACKED] == PACKED_ROWS) gemm.packed_rows = command->packed;
  if (command->shape[SHAPE_PACKED] == PACKED_COLS) gemm.packed_cols = command->packed;
  uint32_t parts = gemm_parts(p->rows, p->cols, gemm.block_rows, gemm.block_cols);
  struct strip *strip = strip_begin(command, 0, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    source.batch = i / parts;
    gemm.out_first = source.batch * p->rows * p->cols;
    gemm_part(&gemm, i % parts, strip, scratch);
  }
}

// ---- dot products of a row and four columns at a time

enum { DOT_PART = 64, DOT_COLS = 4, VECTOR = 4, NUM_QUARTERS = NUM_LANES / VECTOR };

#define LOAD(address, i) wasm_v128_load((const void *)((address) + (i) * sizeof(v128_t)))

// out[4] = dot products of x and four columns, both padded with zeros to a multiple of 16 terms; the columns' as pack_dot has them. A
// quarter of the lanes at a time: a loop with more loads does not have the registers for its sums.
static void dot_four(const float *x, const float *columns, uint32_t depth, float *out) {
  v128_t quarters[NUM_QUARTERS][DOT_COLS], t[DOT_COLS];
  uintptr_t y = (uintptr_t)columns;
#pragma clang loop unroll(disable)
  for (uint32_t q = 0; q < NUM_QUARTERS; q++) {
    v128_t s0 = wasm_f32x4_splat(0.0f), s1 = s0, s2 = s0, s3 = s0;
    for (uintptr_t a = (uintptr_t)(x + q * VECTOR), end = a + depth * sizeof(float); a != end; a += NUM_LANES * sizeof(float), y += DOT_COLS * sizeof(v128_t)) {
      ADDRESS(y)
      v128_t x0 = LOAD(a, 0);
      s0 = wasm_f32x4_add(s0, wasm_f32x4_mul(x0, LOAD(y, 0)));
      s1 = wasm_f32x4_add(s1, wasm_f32x4_mul(x0, LOAD(y, 1)));
      s2 = wasm_f32x4_add(s2, wasm_f32x4_mul(x0, LOAD(y, 2)));
      s3 = wasm_f32x4_add(s3, wasm_f32x4_mul(x0, LOAD(y, 3)));
    }
    quarters[q][0] = s0;
    quarters[q][1] = s1;
    quarters[q][2] = s2;
    quarters[q][3] = s3;
  }
  for (uint32_t c = 0; c < DOT_COLS; c++) // lanes j + 8, then j + 4
    t[c] = wasm_f32x4_add(wasm_f32x4_add(quarters[0][c], quarters[2][c]), wasm_f32x4_add(quarters[1][c], quarters[3][c]));
  v128_t low01 = wasm_i32x4_shuffle(t[0], t[1], 0, 4, 1, 5), low23 = wasm_i32x4_shuffle(t[2], t[3], 0, 4, 1, 5); // lanes 0 and 1 of all
  v128_t high01 = wasm_i32x4_shuffle(t[0], t[1], 2, 6, 3, 7), high23 = wasm_i32x4_shuffle(t[2], t[3], 2, 6, 3, 7);
  v128_t sum01 = wasm_f32x4_add(low01, high01), sum23 = wasm_f32x4_add(low23, high23); // lanes j + 2
  wasm_v128_store(out, wasm_f32x4_add(wasm_i32x4_shuffle(sum01, sum23, 0, 1, 4, 5), wasm_i32x4_shuffle(sum01, sum23, 2, 3, 6, 7)));
}

// For each four columns [quarter of the lanes][term / 16][column][term % 4]: one stream to read.
static void pack_dot(struct command *command) {
  struct product p = product_of(command->node);
  const struct side *side = &p.col_side;
  uint32_t padded = round_up(p.depth, NUM_LANES);
  float *y = command->packed;
  int64_t start = command->node->operand[side->operand].offset;
  for (uint32_t first = 0; first < p.cols; first += DOT_COLS)
    for (uint32_t q = 0; q < NUM_QUARTERS; q++)
      for (uint32_t block = 0; block < padded; block += NUM_LANES)
        for (uint32_t c = first; c < first + DOT_COLS; c++)
          for (uint32_t i = block + q * VECTOR, end = i + VECTOR; i < end; i++, y++)
            *y = i < p.depth && c < p.cols ? element(side, command->operand[side->operand], start + (int64_t)c * side->step + (int64_t)i * side->depth_stride) : 0.0f;
}

// A row padded with zeros.
static void pad_row(const struct side *side, const void *data, int64_t index, uint32_t depth, uint32_t padded, float *x) {
  if (side->dtype == DTYPE_F32 && side->depth_stride == 1)
    for (uint32_t t = 0; t < padded; t += 4) wasm_v128_store(x + t, wasm_v128_load((const float *)data + index + t));
  else
    for (uint32_t t = 0; t < depth; t++, index += side->depth_stride) x[t] = element(side, data, index);
  for (uint32_t t = depth; t < padded; t++) x[t] = 0.0f;
}

// A part is a row of a batch and up to DOT_PART columns.
static void run_dots(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct product p = product_of(command->node);
  const struct side *side = &p.row_side;
  uint32_t padded = round_up(p.depth, NUM_LANES), col_parts = (p.cols + DOT_PART - 1) / DOT_PART, row = UINT32_MAX;
  float *x = scratch->panels;
  struct strip *strip = strip_begin(command, 0, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    if (row != i / col_parts) {
      row = i / col_parts;
      int64_t index = batch_start(command, &p, side, row / p.rows) + (int64_t)(row % p.rows) * side->step;
      pad_row(side, command->operand[side->operand], index, p.depth, padded, x);
    }
    uint32_t col = i % col_parts * DOT_PART, count = min_u32(p.cols - col, DOT_PART);
    const float *y = (const float *)command->packed + col * padded;
    for (uint32_t c = 0; c < count; c += DOT_COLS, y += DOT_COLS * padded) dot_four(x, y, padded, scratch->acc + c);
    strip_run(strip, row * p.cols + col, count, scratch->acc);
  }
}

// ---- choice

static void pack_tiles(struct command *command) {
  struct product p = product_of(command->node);
  int is_rows = command->shape[SHAPE_PACKED] == PACKED_ROWS;
  const struct side *side = is_rows ? &p.row_side : &p.col_side;
  int64_t start = command->node->operand[side->operand].offset;
  pack_panels(side, command->operand[side->operand], start, is_rows ? p.rows : p.cols, p.depth, is_rows ? TILE_ROWS : TILE_COLS, command->packed);
}

int can_pack(const struct command *command, const struct product *p, const struct side *side) {
  return (command->constants >> side->operand & 1) != 0 && is_shared_by_batches(p, side);
}

int prepare_mat_mul(struct command *command) {
  struct product p = product_of(command->node);
  if (p.depth == 0 || node_elements(command->node) == 0) return 0;
  uint32_t padded = round_up(p.depth, NUM_LANES), block_rows, block_cols;
  command->shape[SHAPE_PACKED] = PACKED_NOTHING;
  if (can_pack(command, &p, &p.col_side) && p.rows < TILE_ROWS && padded <= PANEL_FLOATS) {
    command->shape[SHAPE_PACKED] = PACKED_DOT;
    if (!ask_packed(command, ((uint64_t)p.cols + DOT_COLS) * padded * sizeof(float), p.col_side.operand, pack_dot)) return 0;
    command->kernel = run_dots;
    command->num_parts = p.num_batches * p.rows * ((p.cols + DOT_PART - 1) / DOT_PART);
    command->part_cost = min_u32(p.cols, DOT_PART) * padded;
    return 1;
  }
  if (!gemm_blocks(p.rows, p.cols, p.depth, &block_rows, &block_cols)) return 0;
  int packs_cols = can_pack(command, &p, &p.col_side);
  if (packs_cols || can_pack(command, &p, &p.row_side)) {
    command->shape[SHAPE_PACKED] = packs_cols ? PACKED_COLS : PACKED_ROWS;
    uint64_t wide = packs_cols ? round_up(p.cols, TILE_COLS) : round_up(p.rows, TILE_ROWS);
    if (!ask_packed(command, wide * p.depth * 4, packs_cols ? p.col_side.operand : p.row_side.operand, pack_tiles)) return 0;
  }
  command->kernel = run_tiles;
  command->num_parts = p.num_batches * gemm_parts(p.rows, p.cols, block_rows, block_cols);
  command->part_cost = block_rows * block_cols * p.depth;
  return 1;
}
