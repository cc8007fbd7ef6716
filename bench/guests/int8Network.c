// Inference of the 784-20-10 network in 8-bit fixed point by the project's kernels, ROUNDS times.
#include "activations.h"
#include "dense.h"
#include "start.h"

#ifndef ROUNDS
#define ROUNDS 150000
#endif

static int8_t w1[20 * 784], w2[10 * 20], x[784], hidden[20];
static int32_t sums[20];
static const int32_t bias[20], multiplier[20] = {[0 ... 19] = 1 << 20}, shift[20] = {[0 ... 19] = 30};

uint32_t run(void) {
  uint32_t check = 0;
  for (int i = 0; i < 20 * 784; i++) w1[i] = (int8_t)(next_random() >> 24);
  for (int i = 0; i < 10 * 20; i++) w2[i] = (int8_t)(next_random() >> 24);
  for (int i = 0; i < 784; i++) x[i] = (int8_t)(next_random() >> 24);
  for (int round = 0; round < ROUNDS; round++) {
    x[round % 784] = (int8_t)round;
    dense_i8(sums, w1, x, bias, 20, 784);
    requantize_i8(hidden, sums, multiplier, shift, -3, 20);
    relu_i8(hidden, -3, 20);
    dense_i8(sums, w2, hidden, bias, 10, 20);
    for (int i = 0; i < 10; i++) check = check * 31 + (uint32_t)sums[i];
  }
  return check;
}
