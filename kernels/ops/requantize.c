#include "activations.h"

// round(acc * multiplier / 2^shift), ties to even. The product has 63 bits; the result may not fit i32.
static int64_t scale(int32_t acc, int32_t multiplier, int32_t shift) {
  int64_t product = (int64_t)acc * multiplier;
  int64_t floor = product >> shift;
  uint64_t rest = (uint64_t)product - ((uint64_t)floor << shift);
  uint64_t twice = rest << 1;
  uint64_t one = (uint64_t)1 << shift;
  if (twice > one || (twice == one && (floor & 1) != 0)) floor += 1;
  return floor;
}

static int32_t clamp(int64_t value, int32_t low, int32_t high) {
  if (value < low) return low;
  if (value > high) return high;
  return (int32_t)value;
}

void requantize_i8(int8_t *y, const int32_t *acc, const int32_t *multiplier, const int32_t *shift, int32_t zero_point, uint32_t n) {
  for (uint32_t j = 0; j < n; j++) y[j] = (int8_t)clamp(scale(acc[j], multiplier[j], shift[j]) + zero_point, -128, 127);
}

void requantize_i16(int16_t *y, const int32_t *acc, const int32_t *multiplier, const int32_t *shift, uint32_t n) {
  for (uint32_t j = 0; j < n; j++) y[j] = (int16_t)clamp(scale(acc[j], multiplier[j], shift[j]), -32768, 32767);
}
