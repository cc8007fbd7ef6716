#include "dense.h"
#include "f32.h"

// y[n] f32 = w[n,k] f32 . x[k] f32 + bias[n] f32: lane l of 16, from +0, adds the products of i = l (mod 16) upward; the lanes fold 8, 4, 2, 1;
// the bias is added last. Stored NaN are canonical.
void dense_f32_ref(float *y, const float *w, const float *x, const float *bias, uint32_t n, uint32_t k) {
  for (uint32_t j = 0; j < n; j++) {
    float lanes[16] = {0};
    for (uint32_t i = 0; i < k; i++) {
      float product = w[j * k + i] * x[i];
      lanes[i & 15u] = lanes[i & 15u] + product;
    }
    y[j] = f32_canonical(f32_fold16(lanes) + bias[j]);
  }
}

// The same bits as dense_f32_ref. A product of zero and a finite number is +0 or -0, and adding either leaves a lane as it is, because
// a lane that starts at +0 is never -0: such products are skipped. On a digit, four fifths of whose pixels are background, the guest takes
// a fifth of the steps.
void dense_f32(float *y, const float *w, const float *x, const float *bias, uint32_t n, uint32_t k) {
  for (uint32_t j = 0; j < n; j++) {
    const float *row = w + j * k;
    float lanes[16] = {0};
    for (uint32_t i = 0; i < k; i++) {
      if (f32_is_zero(x[i]) && f32_is_finite(row[i])) continue;
      float product = row[i] * x[i];
      lanes[i & 15u] = lanes[i & 15u] + product;
    }
    y[j] = f32_canonical(f32_fold16(lanes) + bias[j]);
  }
}
