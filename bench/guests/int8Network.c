// Inference of a 784-128-10 network in 8-bit integers, ROUNDS times: i32 sums, requantisation by multiply and shift.
#include "start.h"

#ifndef ROUNDS
#define ROUNDS 4000
#endif

static int8_t w1[128 * 784], w2[10 * 128], x[784], h[128];
static int32_t y[10];

static __attribute__((noinline)) int32_t dot(const int8_t *a, const int8_t *b, int n) {
  int32_t sum = 0;
  for (int i = 0; i < n; i++) sum += (int32_t)a[i] * b[i];
  return sum;
}

uint32_t run(void) {
  uint32_t check = 0;
  for (int i = 0; i < 128 * 784; i++) w1[i] = (int8_t)(next_random() >> 24);
  for (int i = 0; i < 10 * 128; i++) w2[i] = (int8_t)(next_random() >> 24);
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < 784; i++) x[i] = (int8_t)(i * 7 + round);
    for (int i = 0; i < 128; i++) {
      int32_t sum = dot(w1 + i * 784, x, 784);
      sum = sum < 0 ? 0 : (int32_t)(((int64_t)sum * 1431655765 + (1ll << 38)) >> 39);
      h[i] = (int8_t)(sum > 127 ? 127 : sum);
    }
    for (int i = 0; i < 10; i++) y[i] = dot(w2 + i * 128, h, 128);
    for (int i = 0; i < 10; i++) check = check * 31 + (uint32_t)y[i];
  }
  return check;
}
