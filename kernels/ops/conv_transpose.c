// ConvTranspose: acc = ordered sum of a * b in f32 over those i = ((ic KD + kd) KH + kh) KW + kw whose taps reach an element of a;
// out [n, g, oc, d, h, w], a [n, g ic, D, H, W], b [g ic, oc, kd, kh, kw]. Then the epilogue.
#include "ops.h"

// Taps along one axis: tap k is at (output + pad - k dilation) / stride. One division an element, none a tap.
struct axis {
  uint32_t size, num_taps;
  int32_t stride, step, step_rest; // step stride + step_rest = dilation
  int32_t first, first_rest;       // of tap 0
};

struct tap {
  int32_t position, rest; // position stride + rest = output + pad - k dilation, 0 <= rest < stride
};

static struct axis axis_of(const struct block *block, uint32_t e, uint32_t number) {
  const ProgramNode *node = block->node;
  uint32_t stride = node->attributes[ATTRIBUTE_CONV_TRANSPOSE_STRIDE_D + number];
  uint32_t dilation = node->attributes[ATTRIBUTE_CONV_TRANSPOSE_DILATION_D + number];
  uint32_t from = (uint32_t)block->coordinate[3 + number][e] + node->attributes[ATTRIBUTE_CONV_TRANSPOSE_PAD_D + number];
  return (struct axis){
      .size = node->operand[0].dims[3 + number],
      .num_taps = node->operand[1].dims[3 + number],
      .stride = (int32_t)stride,
      .step = (int32_t)(dilation / stride),
      .step_rest = (int32_t)(dilation % stride),
      .first = (int32_t)(from / stride),
      .first_rest = (int32_t)(from % stride),
  };
}

static inline struct tap tap_first(const struct axis *axis) { return (struct tap){axis->first, axis->first_rest}; }

static inline void tap_next(const struct axis *axis, struct tap *tap) {
  tap->position -= axis->step;
  tap->rest -= axis->step_rest;
  if (tap->rest < 0) {
    tap->rest += axis->stride;
    tap->position -= 1;
  }
}

static inline int tap_reaches(const struct axis *axis, const struct tap *tap) {
  return tap->rest == 0 && (uint32_t)tap->position < axis->size;
}

// A row of taps that differ in kw alone; a: element at position 0, b: element of kw = 0.
static void add_row(const struct block *block, const struct axis *width, struct ordered_sum *sum, uint32_t term, uint32_t a, uint32_t b) {
  const ProgramNode *node = block->node;
  struct tap tap = tap_first(width);
  for (uint32_t kw = 0; kw < width->num_taps; kw++, tap_next(width, &tap)) {
    if (!tap_reaches(width, &tap)) continue;
    float x = load_element(node->dtype[1], block->operand[0], a + (uint32_t)tap.position).f;
    ordered_add(sum, term + kw, f32_mul(x, load_element(node->dtype[2], block->operand[1], b + kw).f));
  }
}

static void add_element(const struct block *block, uint32_t e, struct ordered_sum *sum) {
  const ProgramNode *node = block->node;
  const struct axis depth = axis_of(block, e, 0), height = axis_of(block, e, 1), width = axis_of(block, e, 2);
  uint32_t groups = node->dims[1], channels = node->operand[0].dims[2] / groups, out_channels = node->dims[2];
  uint32_t n = (uint32_t)block->coordinate[0][e], g = (uint32_t)block->coordinate[1][e], oc = (uint32_t)block->coordinate[2][e];
  uint32_t row_taps = height.num_taps * width.num_taps, num_taps = depth.num_taps * row_taps;
  if (num_taps == 0) return; // else at most 2^30 terms
  for (uint32_t ic = 0; ic < channels; ic++) {
    uint32_t a = ((n * groups + g) * channels + ic) * depth.size, b = ((g * channels + ic) * out_channels + oc) * num_taps, term = ic * num_taps;
    struct tap d = tap_first(&depth);
    for (uint32_t kd = 0; kd < depth.num_taps; kd++, tap_next(&depth, &d), b += row_taps, term += row_taps) {
      if (!tap_reaches(&depth, &d)) continue;
      struct tap h = tap_first(&height);
      for (uint32_t kh = 0; kh < height.num_taps; kh++, tap_next(&height, &h)) {
        if (!tap_reaches(&height, &h)) continue;
        uint32_t row = ((a + (uint32_t)d.position) * height.size + (uint32_t)h.position) * width.size, skipped = kh * width.num_taps;
        add_row(block, &width, sum, term + skipped, row, b + skipped);
      }
    }
  }
}

void conv_transpose_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  for (uint32_t e = 0; e < block->count; e++) {
    struct ordered_sum sum;
    ordered_begin(&sum);
    add_element(block, e, &sum);
    block->acc[e].f = ordered_end(&sum);
  }
  block_epilogue(block, out);
}
