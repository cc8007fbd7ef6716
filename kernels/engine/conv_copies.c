// Small convolutions of f32 in two dimensions: the input is copied once for each column of the filters, shifted, padded and without the
// columns between strides, so that under every tap the output's pixels lie one after the other. Tiles then read them where they are.
#include <wasm_simd128.h>

#include "conv.h"

// A copy holds `height` rows of the output's width for each remainder of the input's row by the stride.
struct copies {
  uint32_t stride, height, plane; // rows between outputs; rows of a remainder; floats of an input channel for one column of the filters
};

static struct copies copies_of(const struct convolution *c) {
  struct copies s = {.stride = c->attributes[ATTRIBUTE_CONV_STRIDE_H]};
  s.height = c->out[4] + (c->b[4] - 1) * c->attributes[ATTRIBUTE_CONV_DILATION_H] / s.stride;
  s.plane = s.stride * s.height * c->out[5];
  return s;
}

uint32_t copied_floats(const struct convolution *c) {
  if (c->node->dtype[1] != DTYPE_F32 || c->a[3] != 1 || c->b[3] != 1 || c->out[3] != 1 || c->attributes[ATTRIBUTE_CONV_PAD_D] != 0) return 0;
  for (uint32_t i = 0; i <= ATTRIBUTE_CONV_PAD_W; i++)
    if (c->attributes[i] > MAX_COPIED_FLOATS) return 0; // so that no product here or below passes 32 bits
  if (c->b[4] > MAX_TAPS || c->out[4] > MAX_COPIED_FLOATS || c->a[4] > MAX_COPIED_FLOATS || c->a[5] > MAX_COPIED_FLOATS) return 0;
  struct copies s = copies_of(c);
  if (s.stride * s.height > MAX_COPIED_FLOATS || (uint64_t)c->channels * c->b[5] > MAX_COPIED_FLOATS) return 0;
  uint64_t floats = (uint64_t)s.stride * s.height * c->out[5] * (c->channels * c->b[5]);
  return floats > MAX_COPIED_FLOATS ? 0 : (uint32_t)floats;
}

// `rows` rows of y[n] = x[i stride], and what fills the last vector of each; y and x advance by so many floats a row.
static void copy_rows(float *y, uint32_t y_pitch, const float *x, uint32_t x_pitch, uint32_t stride, uint32_t rows, uint32_t n) {
  for (; rows > 0; rows--, y += y_pitch, x += x_pitch) {
    if (stride == 1)
      for (uint32_t i = 0; i < n; i += 4) wasm_v128_store(y + i, wasm_v128_load(x + i));
    else if (stride == 2)
      for (uint32_t i = 0; i < n; i += 4) wasm_v128_store(y + i, wasm_i32x4_shuffle(wasm_v128_load(x + 2 * i), wasm_v128_load(x + 2 * i + 4), 0, 2, 4, 6));
    else
      for (uint32_t i = 0; i < n; i++) y[i] = x[i * stride];
  }
}

static void clear_rows(float *y, uint32_t pitch, uint32_t rows, uint32_t n) {
  for (; rows > 0; rows--, y += pitch)
    for (uint32_t i = 0; i < n; i++) y[i] = 0.0f;
}

// How many of 0 ... count - 1, from which on, have place `start` + i stride, which may begin below 0, in 0 ... size - 1.
static uint32_t inside(int32_t start, uint32_t stride, uint32_t size, uint32_t count, uint32_t *first) {
  uint32_t last = (int32_t)size <= start ? 0 : ((uint32_t)((int32_t)size - start) + stride - 1) / stride;
  last = min_u32(last, count);
  *first = min_u32(start >= 0 ? 0 : ((uint32_t)-start + stride - 1) / stride, last);
  return last - *first;
}

void copy_shifted(const struct convolution *c, const float *input, float *to) {
  struct copies s = copies_of(c);
  const uint32_t *attributes = c->attributes, width = c->out[5], stride = attributes[ATTRIBUTE_CONV_STRIDE_W];
  int32_t pad_h = (int32_t)attributes[ATTRIBUTE_CONV_PAD_H], pad_w = (int32_t)attributes[ATTRIBUTE_CONV_PAD_W];
  for (uint32_t ic = 0; ic < c->channels; ic++, input += c->plane)
    for (uint32_t kw = 0; kw < c->b[5]; kw++)
      for (uint32_t f = 0; f < s.stride; f++, to += s.height * width) {
        int32_t x = (int32_t)(kw * attributes[ATTRIBUTE_CONV_DILATION_W]) - pad_w, y = (int32_t)f - pad_h;
        uint32_t left, top, columns = inside(x, stride, c->a[5], width, &left), rows = inside(y, s.stride, c->a[4], s.height, &top);
        if (columns == 0) rows = top = 0;
        const float *from = input + (y + (int32_t)(top * s.stride)) * (int32_t)c->a[5] + x + (int32_t)(left * stride);
        copy_rows(to + top * width + left, width, from, s.stride * c->a[5], stride, rows, columns); // vectors reach beyond: the rest follows
        clear_rows(to, width, top, width);
        clear_rows(to + top * width, width, rows, left);
        clear_rows(to + top * width + left + columns, width, rows, width - left - columns);
        clear_rows(to + (top + rows) * width, width, s.height - top - rows, width);
      }
}

void put_steps(const struct convolution *c, float *panel) {
  struct copies s = copies_of(c);
  struct term_order order = term_order(c->channels * c->taps);
  for (uint32_t ic = 0, term = 0; ic < c->channels; ic++)
    for (uint32_t kh = 0; kh < c->b[4]; kh++) {
      uint32_t row = kh * c->attributes[ATTRIBUTE_CONV_DILATION_H], place = (row % s.stride * s.height + row / s.stride) * c->out[5];
      for (uint32_t kw = 0; kw < c->b[5]; kw++, term++) {
        uint32_t step = ((ic * c->b[5] + kw) * s.plane + place) * sizeof(float);
        __builtin_memcpy(panel + term_place(&order, term) * STEP_ROWS + TILE_ROWS, &step, sizeof step);
      }
    }
}
