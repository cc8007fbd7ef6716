// Reduction of a large angle by Payne and Hanek's method in whole numbers: the product with 96 bits of 2 / pi, modulo 4.
#ifndef OPML_MATH_REDUCE_LARGE_H
#define OPML_MATH_REDUCE_LARGE_H

#include "core.h"

// The value `a`, 2^11 <= a < 2^128, is quadrant * pi / 2 + high + low, with |high + low| <= pi / 4 and an error below 2^-61.
static void reduce_large(uint32_t a, float *high, float *low, uint32_t *quadrant) {
  uint32_t mantissa = (a & 0x7fffffu) | 0x800000u;
  uint32_t first = (a >> 23) - 120u; // a = mantissa * 2^(first - 30); 96 bits of the table from bit `first` on weigh up to 2 a quadrants
  uint32_t word = first >> 5, shift = first & 31u;
  uint32_t w[3];
  for (uint32_t i = 0; i < 3; i++) w[i] = (uint32_t)((((uint64_t)TWO_OVER_PI_WORDS[word + i] << 32) | TWO_OVER_PI_WORDS[word + i + 1]) >> (32u - shift));
  uint64_t product = ((uint64_t)(mantissa * w[0]) << 32) + (uint64_t)mantissa * w[1] + (((uint64_t)mantissa * w[2]) >> 32); // 2 bits of quadrants, 62 of a fraction
  uint64_t n = (product + ((uint64_t)1 << 61)) >> 62;
  int64_t fraction = (int64_t)(product - (n << 62));
  uint64_t size = fraction < 0 ? 0u - (uint64_t)fraction : (uint64_t)fraction;
  uint32_t zeros = 0;
  while ((size >> 63) == 0) { // no f32 is a multiple of pi / 4: the fraction is never 0
    size <<= 1;
    zeros++;
  }
  uint32_t angle = (uint32_t)(((size >> 32) * HALF_PI_WORD) >> 32); // the angle is angle * 2^(-29 - zeros)
  float unit = f32_from_bits((98u - zeros) << 23);
  if (fraction < 0) unit = -unit;
  float upper = (float)(angle & 0xffffff00u) * unit, lower = (float)(angle & 0xffu) * unit; // both exact
  *high = upper + lower;
  *low = (upper - *high) + lower;
  *quadrant = (uint32_t)n;
}

// Reduces the lanes where `is_large`, one by one.
static void reduce_large_lanes(vu a, vu is_large, vf *high, vf *low, vu *quadrant) {
  union lanes {
    vf f;
    vu u;
    float floats[sizeof(vf) / 4];
    uint32_t words[sizeof(vf) / 4];
  } value = {.u = a}, large = {.u = is_large}, h = {.f = *high}, l = {.f = *low}, q = {.u = *quadrant};
  for (uint32_t i = 0; i < sizeof(vf) / 4; i++)
    if (large.words[i] != 0) reduce_large(value.words[i], &h.floats[i], &l.floats[i], &q.words[i]);
  *high = h.f;
  *low = l.f;
  *quadrant = q.u;
}

#endif
