#include "activations.h"
#include "numerics.h"

static int32_t clamp(int64_t value, int32_t low, int32_t high) {
  if (value < low) return low;
  if (value > high) return high;
  return (int32_t)value;
}

void requantize_i8(int8_t *y, const int32_t *acc, const int32_t *multiplier, const int32_t *shift, int32_t zero_point, uint32_t n) {
  for (uint32_t j = 0; j < n; j++) y[j] = (int8_t)clamp(scale_accumulator(acc[j], multiplier[j], shift[j]) + zero_point, -128, 127);
}

void requantize_i16(int16_t *y, const int32_t *acc, const int32_t *multiplier, const int32_t *shift, uint32_t n) {
  for (uint32_t j = 0; j < n; j++) y[j] = (int16_t)clamp(scale_accumulator(acc[j], multiplier[j], shift[j]), -32768, 32767);
}
