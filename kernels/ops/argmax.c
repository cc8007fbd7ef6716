#include "activations.h"
#include "f32.h"

uint32_t argmax_f32(const float *x, uint32_t n) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < n; i++)
    if (x[i] > x[best] || (f32_is_nan(x[best]) && !f32_is_nan(x[i]))) best = i;
  return best;
}

uint32_t argmax_i16(const int16_t *x, uint32_t n) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < n; i++)
    if (x[i] > x[best]) best = i;
  return best;
}
