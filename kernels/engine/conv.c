// Conv: a product of the filters [oc, terms] and the pixels [terms, d h w] of each image and group, whose panels of pixels are
// gathered as they are needed. Depthwise convolutions are in depthwise.c.
#include <wasm_simd128.h>

#include "conv.h"

struct convolution convolution_of(const ProgramNode *node) {
  struct convolution c = {.node = node, .a = node->operand[0].dims, .b = node->operand[1].dims, .out = node->dims, .attributes = node->attributes};
  c.channels = c.b[2];
  c.taps = c.b[3] * c.b[4] * c.b[5];
  c.plane = c.a[3] * c.a[4] * c.a[5];
  c.pixels = c.out[3] * c.out[4] * c.out[5];
  return c;
}

// Input position of tap 0 for each of 8 output pixels.
struct positions {
  uint32_t d[TILE_COLS], h[TILE_COLS], w[TILE_COLS];
  int is_row; // all in one output row
};

static void pixel_positions(const struct convolution *c, uint32_t first, uint32_t count, struct positions *p) {
  const uint32_t *attributes = c->attributes;
  uint32_t x = first % c->out[5], y = first / c->out[5] % c->out[4], z = first / c->out[5] / c->out[4];
  p->is_row = x + count <= c->out[5]; // what fills up the panel is not read, but may lie anywhere in the row
  for (uint32_t j = 0; j < TILE_COLS; j++) {
    p->w[j] = x * attributes[ATTRIBUTE_CONV_STRIDE_W] - attributes[ATTRIBUTE_CONV_PAD_W];
    p->h[j] = y * attributes[ATTRIBUTE_CONV_STRIDE_H] - attributes[ATTRIBUTE_CONV_PAD_H];
    p->d[j] = z * attributes[ATTRIBUTE_CONV_STRIDE_D] - attributes[ATTRIBUTE_CONV_PAD_D];
    if (j + 1 >= count || ++x < c->out[5]) continue;
    x = 0;
    if (++y < c->out[4]) continue;
    y = 0;
    z++;
  }
}

// Inputs under a tap whose 8 pixels lie in one output row, all inside the input; 0 if they do not.
static uint8_t row_kind(const struct convolution *c, const struct positions *p, uint32_t z, uint32_t y, uint32_t x, uint32_t count, int32_t *offset) {
  uint32_t stride = c->attributes[ATTRIBUTE_CONV_STRIDE_W], last = x + (count - 1) * stride;
  if (!p->is_row || count < TILE_COLS || stride > 2 || z >= c->a[3] || y >= c->a[4] || x >= c->a[5] || last >= c->a[5] || last < x) return MIXED;
  offset[0] = (int32_t)((z * c->a[4] + y) * c->a[5] + x);
  return stride == 1 ? IN_ROW : EVERY_SECOND;
}

static uint8_t any_kind(const struct convolution *c, const struct positions *p, uint32_t kd, uint32_t kh, uint32_t kw, int32_t *offset) {
  int is_row = 1, is_inside = 1;
  for (uint32_t j = 0; j < TILE_COLS; j++) {
    uint32_t z = p->d[j] + kd, y = p->h[j] + kh, x = p->w[j] + kw;
    offset[j] = z < c->a[3] && y < c->a[4] && x < c->a[5] ? (int32_t)((z * c->a[4] + y) * c->a[5] + x) : -1;
    if (offset[j] < 0) is_inside = 0;
    if (offset[j] != offset[0] + (int32_t)j) is_row = 0;
  }
  if (!is_inside) return MIXED;
  return is_row ? IN_ROW : INSIDE;
}

// Kind of the 8 inputs under tap 0 if those under every tap are inside, and lie alike; MIXED if not. Gives their elements.
static uint8_t common_kind(const struct convolution *c, const struct positions *p, uint32_t count, int32_t *offset) {
  const uint32_t *attributes = c->attributes;
  uint32_t reach[3], stride = attributes[ATTRIBUTE_CONV_STRIDE_W];
  for (uint32_t axis = 0; axis < 3; axis++) {
    uint32_t span = (c->b[3 + axis] - 1) * attributes[ATTRIBUTE_CONV_DILATION_D + axis];
    if (span >= c->a[3 + axis]) return MIXED;
    reach[axis] = c->a[3 + axis] - span; // positions of tap 0 below which all taps are inside
  }
  for (uint32_t j = 0; j < TILE_COLS; j++) {
    if (p->d[j] >= reach[0] || p->h[j] >= reach[1] || p->w[j] >= reach[2]) return MIXED;
    offset[j] = (int32_t)((p->d[j] * c->a[4] + p->h[j]) * c->a[5] + p->w[j]);
  }
  if (count < TILE_COLS) return INSIDE;
  if (p->is_row && stride <= 2) return stride == 1 ? IN_ROW : EVERY_SECOND;
  uint32_t n = first_row_length(offset);
  for (uint32_t j = n; j < TILE_COLS; j++)
    if (offset[j] != offset[TILE_COLS - 1] - (int32_t)(TILE_COLS - 1 - j)) return INSIDE;
  return n == TILE_COLS ? IN_ROW : IN_TWO_ROWS;
}

void tap_offsets(const struct gather_source *source, uint32_t first, uint32_t count, uint8_t kinds[MAX_TAPS]) {
  const struct convolution *c = &source->shape;
  const uint32_t *attributes = c->attributes;
  int32_t *offset = source->offsets, start[TILE_COLS];
  struct positions p;
  if (source->is_pointwise) {
    offset[0] = (int32_t)first; // reads past the plane stay in the room behind the tensor and are not used
    kinds[0] = IN_ROW;
    return;
  }
  pixel_positions(c, first, count, &p);
  uint8_t kind = common_kind(c, &p, count, start);
  for (uint32_t kd = 0, tap = 0; kd < c->b[3]; kd++)
    for (uint32_t kh = 0; kh < c->b[4]; kh++)
      for (uint32_t kw = 0; kw < c->b[5]; kw++, tap++, offset += TILE_COLS) {
        uint32_t z = kd * attributes[ATTRIBUTE_CONV_DILATION_D], y = kh * attributes[ATTRIBUTE_CONV_DILATION_H], x = kw * attributes[ATTRIBUTE_CONV_DILATION_W];
        kinds[tap] = kind;
        if (kind != MIXED) {
          v128_t shift = wasm_i32x4_splat((int32_t)((z * c->a[4] + y) * c->a[5] + x));
          wasm_v128_store(offset, wasm_i32x4_add(wasm_v128_load(start), shift));
          wasm_v128_store(offset + 4, wasm_i32x4_add(wasm_v128_load(start + 4), shift));
          continue;
        }
        kinds[tap] = row_kind(c, &p, p.d[0] + z, p.h[0] + y, p.w[0] + x, count, offset);
        if (kinds[tap] == MIXED) kinds[tap] = any_kind(c, &p, z, y, x, offset);
      }
}

static inline float input(uint32_t dtype, const void *data, uint32_t index) {
  return dtype == DTYPE_F32 ? ((const float *)data)[index] : load_element(dtype, data, index).f;
}

// The terms of one tap, all input channels.
static void pack_tap(const struct gather_source *source, const struct term_order *order, uint32_t tap, uint8_t kind, float *panel) {
  const struct convolution *c = &source->shape;
  const void *data = source->command->operand[0];
  uint32_t dtype = c->node->dtype[1], start = (source->image * c->a[2] + source->group * c->channels) * c->plane;
  int32_t offset[TILE_COLS];
  for (uint32_t j = 0; j < TILE_COLS; j++) offset[j] = source->offsets[tap * TILE_COLS + j];
  v128_t is_second[2], length = wasm_i32x4_splat((int32_t)first_row_length(offset));
  is_second[0] = wasm_i32x4_ge(wasm_i32x4_make(0, 1, 2, 3), length);
  is_second[1] = wasm_i32x4_ge(wasm_i32x4_make(4, 5, 6, 7), length);
  const float *x = (const float *)data + start;
  for (uint32_t ic = 0, term = tap; ic < c->channels; ic++, term += c->taps, start += c->plane, x += c->plane) {
    float *place = panel + term_place(order, term) * TILE_COLS;
    switch (kind) {
      case IN_ROW:
        wasm_v128_store(place, wasm_v128_load(x + offset[0]));
        wasm_v128_store(place + 4, wasm_v128_load(x + offset[0] + 4));
        break;
      case EVERY_SECOND:
        wasm_v128_store(place, wasm_i32x4_shuffle(wasm_v128_load(x + offset[0]), wasm_v128_load(x + offset[0] + 4), 0, 2, 4, 6));
        wasm_v128_store(place + 4, wasm_i32x4_shuffle(wasm_v128_load(x + offset[0] + 8), wasm_v128_load(x + offset[0] + 12), 0, 2, 4, 6));
        break;
      case IN_TWO_ROWS: {
        const float *second = x + (offset[TILE_COLS - 1] - (TILE_COLS - 1)); // as if all lay in the second row
        wasm_v128_store(place, wasm_v128_bitselect(wasm_v128_load(second), wasm_v128_load(x + offset[0]), is_second[0]));
        wasm_v128_store(place + 4, wasm_v128_bitselect(wasm_v128_load(second + 4), wasm_v128_load(x + offset[0] + 4), is_second[1]));
        break;
      }
      case INSIDE:
        for (uint32_t j = 0; j < TILE_COLS; j++) place[j] = x[offset[j]];
        break;
      default:
        for (uint32_t j = 0; j < TILE_COLS; j++) place[j] = offset[j] < 0 ? 0.0f : input(dtype, data, start + (uint32_t)offset[j]);
    }
  }
}

static void fill_steps(const struct convolution *c, int32_t *steps) {
  const uint32_t *attributes = c->attributes;
  struct term_order order = term_order(c->channels * c->taps);
  uint32_t term = 0;
  for (uint32_t ic = 0; ic < c->channels; ic++)
    for (uint32_t kd = 0; kd < c->b[3]; kd++)
      for (uint32_t kh = 0; kh < c->b[4]; kh++)
        for (uint32_t kw = 0; kw < c->b[5]; kw++, term++) {
          uint32_t z = kd * attributes[ATTRIBUTE_CONV_DILATION_D], y = kh * attributes[ATTRIBUTE_CONV_DILATION_H], x = kw * attributes[ATTRIBUTE_CONV_DILATION_W];
          steps[term_place(&order, term)] = (int32_t)(ic * c->plane + (z * c->a[4] + y) * c->a[5] + x);
        }
}

// The panel of 8 pixels whose inputs under all taps lie alike, one term after the other; 0 if they do not.
static int pack_alike(const struct gather_source *source, uint32_t first, uint32_t count, uint32_t depth, float *panel) {
  const struct convolution *c = &source->shape;
  int32_t start[TILE_COLS];
  uint8_t kind = IN_ROW;
  if (source->is_pointwise) {
    start[0] = (int32_t)first;
  } else {
    struct positions p;
    pixel_positions(c, first, count, &p);
    kind = common_kind(c, &p, count, start);
  }
  const float *x = (const float *)source->command->operand[0] + (source->image * c->a[2] + source->group * c->channels) * c->plane + start[0];
  const int32_t *step = source->steps, *end = step + depth;
  switch (kind) {
    case IN_ROW:
      for (; step < end; step++, panel += TILE_COLS) {
        wasm_v128_store(panel, wasm_v128_load(x + *step));
        wasm_v128_store(panel + 4, wasm_v128_load(x + *step + 4));
      }
      return 1;
    case EVERY_SECOND:
      for (; step < end; step++, panel += TILE_COLS) {
        const float *y = x + *step;
        wasm_v128_store(panel, wasm_i32x4_shuffle(wasm_v128_load(y), wasm_v128_load(y + 4), 0, 2, 4, 6));
        wasm_v128_store(panel + 4, wasm_i32x4_shuffle(wasm_v128_load(y + 8), wasm_v128_load(y + 12), 0, 2, 4, 6));
      }
      return 1;
    case IN_TWO_ROWS: { // three vectors are enough: what one holds beyond the eight, the next term overwrites
      int32_t n = (int32_t)first_row_length(start), jump = start[TILE_COLS - 1] - start[0] - (TILE_COLS - 1); // to where all would lie in the second row
      const float *second = x + jump + n, *other = n < 4 ? second + 4 : x + 4;
      float *last = panel + n, *middle = n < 4 ? last + 4 : panel + 4;
      for (; step < end; step++, panel += TILE_COLS, middle += TILE_COLS, last += TILE_COLS) {
        wasm_v128_store(panel, wasm_v128_load(x + *step));
        wasm_v128_store(middle, wasm_v128_load(other + *step));
        wasm_v128_store(last, wasm_v128_load(second + *step));
      }
      return 1;
    }
    default: return 0;
  }
}

static void pack_cols(const struct gemm *gemm, float *panel, uint32_t first, uint32_t count) {
  const struct gather_source *source = gemm->source;
  if (source->steps != 0 && pack_alike(source, first, count, gemm->depth, panel)) return;
  struct term_order order = term_order(gemm->depth);
  int is_f32 = source->shape.node->dtype[1] == DTYPE_F32;
  uint8_t kinds[MAX_TAPS];
  tap_offsets(source, first, count, kinds);
  for (uint32_t tap = 0; tap < source->shape.taps; tap++) pack_tap(source, &order, tap, is_f32 ? kinds[tap] : MIXED, panel);
}

// Panels of filters, or of filters and steps.
static void pack_filters(const struct convolution *c, const void *data, uint32_t group, uint32_t first, uint32_t count, uint32_t row_floats, float *panels) {
  uint32_t depth = c->channels * c->taps;
  struct term_order order = term_order(depth);
  for (uint32_t row = 0; row < count; row += TILE_ROWS, panels += row_floats * depth) {
    for (uint32_t r = 0; r < TILE_ROWS; r++) {
      uint32_t start = (group * c->out[2] + first + row + r) * depth;
      for (uint32_t i = 0; i < depth; i++) panels[term_place(&order, i) * row_floats + r] = row + r < count ? input(c->node->dtype[2], data, start + i) : 0.0f;
    }
    if (row_floats == STEP_ROWS) put_steps(c, panels);
  }
}

static void pack_rows(const struct gemm *gemm, float *panels, uint32_t first, uint32_t count) {
  const struct gather_source *source = gemm->source;
  pack_filters(&source->shape, source->command->operand[1], source->group, first, count, TILE_ROWS, panels);
}

// What the library packs of constant filters: panels for each group; with steps, the lanes before them.
enum { SHAPE_HAS_STEPS = 0, LANES_FLOATS = 64 };
_Static_assert(sizeof(struct tile_lanes) <= LANES_FLOATS * sizeof(float), "lanes");

static uint32_t row_floats(const struct command *command) { return command->shape[SHAPE_HAS_STEPS] ? STEP_ROWS : TILE_ROWS; }

static uint32_t group_floats(const struct command *command, const struct convolution *c) {
  return round_up(c->out[2], TILE_ROWS) / TILE_ROWS * row_floats(command) * c->channels * c->taps;
}

static void pack_constant(struct command *command) {
  struct convolution c = convolution_of(command->node);
  float *panels = command->packed;
  if (command->shape[SHAPE_HAS_STEPS]) {
    *(struct tile_lanes *)command->packed = depth_lanes(c.channels * c.taps);
    panels += LANES_FLOATS;
  }
  for (uint32_t g = 0; g < c.out[1]; g++) pack_filters(&c, command->operand[1], g, 0, c.out[2], row_floats(command), panels + g * group_floats(command, &c));
}

int is_pointwise(const struct convolution *c) {
  if (c->taps != 1) return 0;
  for (uint32_t i = 0; i < 3; i++)
    if (c->attributes[ATTRIBUTE_CONV_STRIDE_D + i] != 1 || c->attributes[ATTRIBUTE_CONV_PAD_D + i] != 0 || c->a[3 + i] != c->out[3 + i]) return 0;
  return 1;
}

static void run_conv(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct gather_source source = {.command = command, .shape = convolution_of(command->node), .offsets = scratch->offsets};
  const struct convolution *c = &source.shape;
  int is_f32 = c->node->dtype[1] == DTYPE_F32;
  source.is_pointwise = is_f32 && is_pointwise(c);
  int has_steps = command->shape[SHAPE_HAS_STEPS] != 0, is_begun = scratch->begun == command;
  if (!has_steps && is_f32 && c->taps * TILE_COLS + c->channels * c->taps <= sizeof scratch->offsets / sizeof(int32_t)) {
    source.steps = scratch->offsets + c->taps * TILE_COLS;
    if (!is_begun) fill_steps(c, source.steps);
  }
  struct gemm gemm = {.rows = c->out[2], .cols = c->pixels, .depth = c->channels * c->taps, .pack_rows = pack_rows, .pack_cols = pack_cols, .source = &source};
  const float *packed = command->packed;
  if (has_steps) {
    gemm.packed_cols = scratch->panels;
    gemm.lanes = command->packed;
    packed += LANES_FLOATS;
  }
  gemm_blocks(gemm.rows, gemm.cols, gemm.depth, &gemm.block_rows, &gemm.block_cols);
  uint32_t parts = gemm_parts(gemm.rows, gemm.cols, gemm.block_rows, gemm.block_cols);
  struct strip *strip = strip_begin(command, 0, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t batch = i / parts;
    source.image = batch / c->out[1];
    source.group = batch % c->out[1];
    if (has_steps && (!is_begun || scratch->copied != batch)) {
      copy_shifted(c, (const float *)command->operand[0] + (source.image * c->a[2] + source.group * c->channels) * c->plane, scratch->panels);
      scratch->copied = batch;
      is_begun = 1;
    }
    if (command->packed_bytes != 0) gemm.packed_rows = packed + source.group * group_floats(command, c);
    gemm.out_first = batch * gemm.rows * gemm.cols;
    gemm_part(&gemm, i % parts, strip, scratch);
  }
}

int prepare_conv(struct command *command) {
  struct convolution c = convolution_of(command->node);
  uint32_t block_rows, block_cols, depth = c.channels * c.taps;
  if (depth == 0 || node_elements(command->node) == 0 || c.taps > MAX_TAPS) return 0;
  if (prepare_depthwise(command)) return 1;
  if (!gemm_blocks(c.out[2], c.pixels, depth, &block_rows, &block_cols)) return 0;
  int is_constant = (command->constants & 2) != 0;
  command->shape[SHAPE_HAS_STEPS] = is_constant && !is_pointwise(&c) && copied_floats(&c) != 0;
  uint64_t floats = (uint64_t)c.out[1] * group_floats(command, &c) + LANES_FLOATS;
  if (is_constant && !ask_packed(command, floats * sizeof(float), 1, pack_constant)) return 0;
  command->kernel = run_conv;
  command->num_parts = c.out[0] * c.out[1] * gemm_parts(c.out[2], c.pixels, block_rows, block_cols);
  command->part_cost = block_rows * block_cols * depth;
  return 1;
}
