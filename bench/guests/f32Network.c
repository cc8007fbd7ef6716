// Inference of a 784-20-10 network in f32 by the reference kernels on the soft float of libgcc, ROUNDS times.
#include "activations.h"
#include "dense.h"
#include "start.h"

#ifndef ROUNDS
#define ROUNDS 2000
#endif

static float w1[20 * 784], w2[10 * 20], x[784], hidden[20], y[10];
static const float bias[20];

static float random_weight(void) { return (float)(int32_t)next_random() * 4.656613e-11f; }

uint32_t run(void) {
  uint32_t check = 0;
  for (int i = 0; i < 20 * 784; i++) w1[i] = random_weight();
  for (int i = 0; i < 10 * 20; i++) w2[i] = random_weight();
  for (int i = 0; i < 784; i++) x[i] = (float)(1 + (i * 7 & 254)) * 0.00390625f;
  for (int round = 0; round < ROUNDS; round++) {
    x[round % 784] = (float)(1 + (round & 254)) * 0.00390625f;
    dense_f32_ref(hidden, w1, x, bias, 20, 784);
    relu_f32(hidden, 20);
    dense_f32_ref(y, w2, hidden, bias, 10, 20);
    for (int i = 0; i < 10; i++) {
      union { float f; uint32_t u; } bits = {y[i]};
      check = check * 31 + bits.u;
    }
  }
  return check;
}
