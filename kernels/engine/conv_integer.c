// ConvInteger of 8-bit tensors, or of i16 without a zero point: the product of Conv over pairs of i16 terms.
#include <wasm_simd128.h>

#include "conv.h"

struct integers {
  struct gather_source source;
  int32_t zero_a, zero_b;
};

// 8 inputs under a tap less their zero point, 0 in the padding. Vectors are read where the 8 lie side by side, or every second one.
static inline v128_t tap_inputs(uint32_t dtype, const uint8_t *plane, const int32_t *offset, uint8_t kind, int32_t zero) {
  if (kind == IN_ROW) return wasm_i16x8_sub(load_terms(dtype, plane, offset[0]), wasm_i16x8_splat((int16_t)zero));
  if (kind == EVERY_SECOND) {
    v128_t low = load_terms(dtype, plane, offset[0]), high = load_terms(dtype, plane, offset[0] + 8);
    return wasm_i16x8_sub(wasm_i16x8_shuffle(low, high, 0, 2, 4, 6, 8, 10, 12, 14), wasm_i16x8_splat((int16_t)zero));
  }
  int16_t words[TILE_COLS];
  for (uint32_t j = 0; j < TILE_COLS; j++) words[j] = offset[j] < 0 ? 0 : (int16_t)(pair_term(dtype, plane, (uint32_t)offset[j]) - zero);
  return wasm_v128_load(words);
}

static void pack_cols(const struct gemm *gemm, float *panel, uint32_t first, uint32_t count) {
  const struct integers *integers = gemm->source;
  const struct gather_source *source = &integers->source;
  const struct convolution *c = &source->shape;
  uint32_t dtype = c->node->dtype[1], terms = c->channels * c->taps, plane_bytes = c->plane * dtype_bytes(dtype);
  const uint8_t *plane = (const uint8_t *)source->command->operand[0] + (source->image * c->a[2] + source->group * c->channels) * plane_bytes;
  const v128_t zero = wasm_i16x8_splat(0);
  uint8_t kinds[MAX_TAPS];
  tap_offsets(source, first, count, kinds);
  v128_t even = zero;
  for (uint32_t term = 0, tap = 0; term < round_up(terms, 2); term++, tap++) {
    if (tap == c->taps) {
      tap = 0;
      plane += plane_bytes;
    }
    v128_t inputs = term < terms ? tap_inputs(dtype, plane, source->offsets + tap * TILE_COLS, kinds[tap], integers->zero_a) : zero;
    if (term % 2 == 0) {
      even = inputs;
      continue;
    }
    wasm_v128_store(panel, wasm_i16x8_shuffle(even, inputs, 0, 8, 1, 9, 2, 10, 3, 11));
    wasm_v128_store(panel + 4, wasm_i16x8_shuffle(even, inputs, 4, 12, 5, 13, 6, 14, 7, 15));
    panel += TILE_COLS;
  }
}

static void pack_filters(const struct convolution *c, const void *data, uint32_t group, uint32_t first, uint32_t count, int32_t zero, int16_t *panels) {
  uint32_t terms = c->channels * c->taps, words = round_up(terms, 2) / 2;
  for (uint32_t row = 0; row < count; row += TILE_ROWS, panels += 2 * TILE_ROWS * words)
    for (uint32_t r = 0; r < TILE_ROWS; r++) {
      uint32_t start = (group * c->out[2] + first + row + r) * terms;
      for (uint32_t i = 0; i < 2 * words; i++)
        put_term(panels, TILE_ROWS, i, r, i < terms && row + r < count ? pair_term(c->node->dtype[2], data, start + i) - zero : 0);
    }
}

static void pack_rows(const struct gemm *gemm, float *panels, uint32_t first, uint32_t count) {
  const struct integers *integers = gemm->source;
  const struct gather_source *source = &integers->source;
  pack_filters(&source->shape, source->command->operand[1], source->group, first, count, integers->zero_b, (int16_t *)panels);
}

static uint32_t depth_words(const struct convolution *c) { return round_up(c->channels * c->taps, 2) / 2; }
static uint32_t group_words(const struct convolution *c) { return round_up(c->out[2], TILE_ROWS) * depth_words(c); }

static void pack_constant(struct command *command) {
  struct convolution c = convolution_of(command->node);
  int32_t zero = (int32_t)command->node->attributes[ATTRIBUTE_CONV_INTEGER_ZERO_B];
  for (uint32_t g = 0; g < c.out[1]; g++) pack_filters(&c, command->operand[1], g, 0, c.out[2], zero, (int16_t *)command->packed + 2 * g * group_words(&c));
}

static void run_conv_integer(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  const uint32_t *attributes = command->node->attributes;
  struct integers integers = {
      .source = {.command = command, .shape = convolution_of(command->node), .offsets = scratch->offsets},
      .zero_a = (int32_t)attributes[ATTRIBUTE_CONV_INTEGER_ZERO_A],
      .zero_b = (int32_t)attributes[ATTRIBUTE_CONV_INTEGER_ZERO_B],
  };
  const struct convolution *c = &integers.source.shape;
  integers.source.is_pointwise = is_pointwise(c);
  struct gemm gemm = {.rows = c->out[2], .cols = c->pixels, .depth = depth_words(c), .is_integer = 1, .pack_rows = pack_rows, .pack_cols = pack_cols, .source = &integers};
  gemm_blocks(gemm.rows, gemm.cols, gemm.depth, &gemm.block_rows, &gemm.block_cols);
  uint32_t parts = gemm_parts(gemm.rows, gemm.cols, gemm.block_rows, gemm.block_cols);
  struct strip *strip = strip_begin(command, 0, CLASS_I32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t batch = i / parts;
    integers.source.image = batch / c->out[1];
    integers.source.group = batch % c->out[1];
    if (command->packed_bytes != 0) gemm.packed_rows = (const float *)command->packed + integers.source.group * group_words(c);
    gemm.out_first = batch * gemm.rows * gemm.cols;
    gemm_part(&gemm, i % parts, strip, scratch);
  }
}

int prepare_conv_integer(struct command *command) {
  const ProgramNode *node = command->node;
  const uint32_t *attributes = node->attributes;
  struct convolution c = convolution_of(node);
  uint32_t block_rows, block_cols;
  if (c.channels * c.taps == 0 || node_elements(node) == 0 || c.taps > MAX_TAPS || attributes[ATTRIBUTE_CONV_INTEGER_ACCUMULATOR] != 0) return 0;
  if (!is_pair_product(node, (int32_t)attributes[ATTRIBUTE_CONV_INTEGER_ZERO_A], (int32_t)attributes[ATTRIBUTE_CONV_INTEGER_ZERO_B])) return 0;
  if (!gemm_blocks(c.out[2], c.pixels, depth_words(&c), &block_rows, &block_cols)) return 0;
  if ((command->constants & 2) != 0 && !ask_packed(command, (uint64_t)c.out[1] * group_words(&c) * 4, 1, pack_constant)) return 0;
  command->kernel = run_conv_integer;
  command->num_parts = c.out[0] * c.out[1] * gemm_parts(c.out[2], c.pixels, block_rows, block_cols);
  command->part_cost = block_rows * block_cols * depth_words(&c);
  return 1;
}
