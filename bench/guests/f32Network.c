// Inference of a 784-32-10 network in f32 on soft float, ROUNDS times.
#include "start.h"

#ifndef ROUNDS
#define ROUNDS 500
#endif

static float w1[32 * 784], w2[10 * 32], x[784], h[32], y[10];

static float random_weight(void) { return (float)(int32_t)next_random() * 4.656613e-11f; }

static __attribute__((noinline)) float dot(const float *a, const float *b, int n) {
  float sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

uint32_t run(void) {
  uint32_t check = 0;
  for (int i = 0; i < 32 * 784; i++) w1[i] = random_weight();
  for (int i = 0; i < 10 * 32; i++) w2[i] = random_weight();
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < 784; i++) x[i] = (float)((i * 7 + round) & 255) * 0.00390625f;
    for (int i = 0; i < 32; i++) {
      float sum = dot(w1 + i * 784, x, 784);
      h[i] = sum < 0 ? 0 : sum;
    }
    for (int i = 0; i < 10; i++) y[i] = dot(w2 + i * 32, h, 32);
    for (int i = 0; i < 10; i++) {
      union { float f; uint32_t u; } bits = {y[i]};
      check = check * 31 + bits.u;
    }
  }
  return check;
}
