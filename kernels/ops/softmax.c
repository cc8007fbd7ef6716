#include "activations.h"
#include "exp_table.h"
#include "f32.h"

void softmax_f32(float *y, const float *x, uint32_t n) {
  float max = x[argmax_f32(x, n)];
  float lanes[16] = {0};
  for (uint32_t i = 0; i < n; i++) {
    y[i] = f32_exp(x[i] - max);
    lanes[i & 15u] = lanes[i & 15u] + y[i];
  }
  float sum = f32_fold16(lanes);
  for (uint32_t i = 0; i < n; i++) y[i] = f32_canonical(y[i] / sum);
}

// 2^15 exp(-d / 256), d in 1/256: a table for whole numbers times a table for 256ths. Zero from 12 on.
static uint32_t exp_q15(uint32_t d) {
  if (d >= 12u << 8) return 0;
  return (EXP_WHOLE_Q15[d >> 8] * EXP_FRACTION_Q15[d & 255u] + (1u << 14)) >> 15;
}

void softmax_i16(uint16_t *y, const int16_t *x, uint32_t n) {
  int32_t max = x[argmax_i16(x, n)];
  uint32_t sum = 0;
  for (uint32_t i = 0; i < n; i++) sum += exp_q15((uint32_t)(max - x[i]));
  for (uint32_t i = 0; i < n; i++) y[i] = (uint16_t)((exp_q15((uint32_t)(max - x[i])) * 65535u + (sum >> 1)) / sum);
}
