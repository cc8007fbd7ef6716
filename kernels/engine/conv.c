// Conv: a product of the filters [oc, terms] and the pixels [terms, d h w] of each image and group, whose panels of pixels are
// gathered as they are needed. Depthwise convolutions are in depthwise.c.
#include <wasm_simd128.h>

#include "gemm.h"

enum { MAX_TAPS = 1024 };

struct convolution {
  const ProgramNode *node;
  const uint32_t *a, *b, *out, *attributes; // dims and attributes
  uint32_t channels, taps, plane, pixels;    // of a group; of a filter's channel; of an input channel; of an output channel
};

static struct convolution convolution_of(const ProgramNode *node) {
  struct convolution c = {.node = node, .a = node->operand[0].dims, .b = node->operand[1].dims, .out = node->dims, .attributes = node->attributes};
  c.channels = c.b[2];
  c.taps = c.b[3] * c.b[4] * c.b[5];
  c.plane = c.a[3] * c.a[4] * c.a[5];
  c.pixels = c.out[3] * c.out[4] * c.out[5];
  return c;
}

struct source {
  const struct command *command;
  struct convolution shape;
  uint32_t image, group;
  int32_t *offsets; // [taps][8], for a panel
};

enum { MIXED, IN_ROW, EVERY_SECOND };

// Element of an input plane under each tap of 8 output pixels from `first` on; -1 in the padding.
static void tap_offsets(const struct source *source, uint32_t first, uint32_t count, uint8_t kinds[MAX_TAPS]) {
  const struct convolution *c = &source->shape;
  const uint32_t *attributes = c->attributes;
  int32_t *offset = source->offsets;
  uint32_t d[TILE_COLS], h[TILE_COLS], w[TILE_COLS];
  for (uint32_t j = 0; j < TILE_COLS; j++) {
    uint32_t pixel = first + min_u32(j, count - 1); // what fills up the panel is not read
    w[j] = pixel % c->out[5] * attributes[ATTRIBUTE_CONV_STRIDE_W] - attributes[ATTRIBUTE_CONV_PAD_W];
    h[j] = pixel / c->out[5] % c->out[4] * attributes[ATTRIBUTE_CONV_STRIDE_H] - attributes[ATTRIBUTE_CONV_PAD_H];
    d[j] = pixel / c->out[5] / c->out[4] * attributes[ATTRIBUTE_CONV_STRIDE_D] - attributes[ATTRIBUTE_CONV_PAD_D];
  }
  for (uint32_t kd = 0, tap = 0; kd < c->b[3]; kd++)
    for (uint32_t kh = 0; kh < c->b[4]; kh++)
      for (uint32_t kw = 0; kw < c->b[5]; kw++, tap++, offset += TILE_COLS) {
        int is_row = 1, is_second = 1;
        for (uint32_t j = 0; j < TILE_COLS; j++) {
          uint32_t z = d[j] + kd * attributes[ATTRIBUTE_CONV_DILATION_D], y = h[j] + kh * attributes[ATTRIBUTE_CONV_DILATION_H],
                   x = w[j] + kw * attributes[ATTRIBUTE_CONV_DILATION_W];
          int is_inside = z < c->a[3] && y < c->a[4] && x < c->a[5];
          offset[j] = is_inside ? (int32_t)((z * c->a[4] + y) * c->a[5] + x) : -1;
          if (offset[j] != offset[0] + (int32_t)j) is_row = 0;
          if (offset[j] != offset[0] + 2 * (int32_t)j) is_second = 0;
        }
        kinds[tap] = offset[0] < 0 ? MIXED : is_row ? IN_ROW : is_second ? EVERY_SECOND : MIXED;
      }
}

static inline float input(uint32_t dtype, const void *data, uint32_t index) {
  return dtype == DTYPE_F32 ? ((const float *)data)[index] : load_element(dtype, data, index).f;
}

static void pack_taps(const struct source *source, const struct term_order *order, const uint8_t *kinds, float *panel) {
  const struct convolution *c = &source->shape;
  const void *data = source->command->operand[0];
  uint32_t dtype = c->node->dtype[1], term = 0;
  uint32_t start = (source->image * c->a[2] + source->group * c->channels) * c->plane;
  for (uint32_t ic = 0; ic < c->channels; ic++, start += c->plane) {
    const int32_t *offset = source->offsets;
    for (uint32_t tap = 0; tap < c->taps; tap++, term++, offset += TILE_COLS) {
      float *place = panel + term_place(order, term) * TILE_COLS;
      const float *x = (const float *)data + start + offset[0];
      if (dtype != DTYPE_F32 || kinds[tap] == MIXED) {
        for (uint32_t j = 0; j < TILE_COLS; j++) place[j] = offset[j] < 0 ? 0.0f : input(dtype, data, start + (uint32_t)offset[j]);
      } else if (kinds[tap] == IN_ROW) {
        wasm_v128_store(place, wasm_v128_load(x));
        wasm_v128_store(place + 4, wasm_v128_load(x + 4));
      } else {
        wasm_v128_store(place, wasm_i32x4_shuffle(wasm_v128_load(x), wasm_v128_load(x + 4), 0, 2, 4, 6));
        wasm_v128_store(place + 4, wasm_i32x4_shuffle(wasm_v128_load(x + 8), wasm_v128_load(x + 12), 0, 2, 4, 6));
      }
    }
  }
}

static void pack_cols(const struct gemm *gemm, float *panels, uint32_t first, uint32_t count) {
  const struct source *source = gemm->source;
  struct term_order order = term_order(gemm->depth);
  uint8_t kinds[MAX_TAPS];
  for (uint32_t col = 0; col < count; col += TILE_COLS, panels += TILE_COLS * gemm->depth) {
    tap_offsets(source, first + col, min_u32(count - col, TILE_COLS), kinds);
    pack_taps(source, &order, kinds, panels);
  }
}

static void pack_filters(const struct convolution *c, const void *data, uint32_t group, uint32_t first, uint32_t count, float *panels) {
  uint32_t depth = c->channels * c->taps;
  struct term_order order = term_order(depth);
  for (uint32_t row = 0; row < count; row += TILE_ROWS, panels += TILE_ROWS * depth)
    for (uint32_t r = 0; r < TILE_ROWS; r++) {
      uint32_t start = (group * c->out[2] + first + row + r) * depth;
      for (uint32_t i = 0; i < depth; i++) panels[term_place(&order, i) * TILE_ROWS + r] = row + r < count ? input(c->node->dtype[2], data, start + i) : 0.0f;
    }
}

static void pack_rows(const struct gemm *gemm, float *panels, uint32_t first, uint32_t count) {
  const struct source *source = gemm->source;
  pack_filters(&source->shape, source->command->operand[1], source->group, first, count, panels);
}

static uint32_t group_floats(const struct convolution *c) { return round_up(c->out[2], TILE_ROWS) * c->channels * c->taps; }

static void pack_constant(struct command *command) {
  struct convolution c = convolution_of(command->node);
  for (uint32_t g = 0; g < c.out[1]; g++) pack_filters(&c, command->operand[1], g, 0, c.out[2], (float *)command->packed + g * group_floats(&c));
}

static void run_conv(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct source source = {.command = command, .shape = convolution_of(command->node), .offsets = scratch->offsets};
  const struct convolution *c = &source.shape;
  struct gemm gemm = {.rows = c->out[2], .cols = c->pixels, .depth = c->channels * c->taps, .pack_rows = pack_rows, .pack_cols = pack_cols, .source = &source};
  gemm_blocks(gemm.rows, gemm.cols, gemm.depth, &gemm.block_rows, &gemm.block_cols);
  uint32_t parts = gemm_parts(gemm.rows, gemm.cols, gemm.block_rows, gemm.block_cols);
  struct strip strip;
  strip_begin(&strip, command, 0, command->node->num_micro_ops, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t batch = i / parts;
    source.image = batch / c->out[1];
    source.group = batch % c->out[1];
    if (command->packed_bytes != 0) gemm.packed_rows = (const float *)command->packed + source.group * group_floats(c);
    gemm.out_first = batch * gemm.rows * gemm.cols;
    gemm_part(&gemm, i % parts, &strip, scratch);
  }
}

int prepare_conv(struct command *command) {
  struct convolution c = convolution_of(command->node);
  uint32_t block_rows, block_cols, depth = c.channels * c.taps;
  if (depth == 0 || node_elements(command->node) == 0 || c.taps > MAX_TAPS) return 0;
  if (prepare_depthwise(command)) return 1;
  if (!gemm_blocks(c.out[2], c.pixels, depth, &block_rows, &block_cols)) return 0;
  if ((command->constants & 2) != 0) {
    command->packed_bytes = c.out[1] * group_floats(&c) * 4;
    command->packed_operand = 1;
    command->pack = pack_constant;
  }
  command->kernel = run_conv;
  command->num_parts = c.out[0] * c.out[1] * gemm_parts(c.out[2], c.pixels, block_rows, block_cols);
  command->part_cost = block_rows * block_cols * depth;
  return 1;
}
