#include "activations.h"
#include "f32.h"

void relu_f32(float *x, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    uint32_t bits = f32_bits(x[i]);
    if (f32_is_nan(x[i])) x[i] = f32_from_bits(F32_NAN_BITS);
    else if ((bits & F32_SIGN_BIT) != 0) x[i] = 0.0f;
  }
}

void relu_i8(int8_t *x, int32_t zero_point, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (x[i] < zero_point) x[i] = (int8_t)zero_point;
}
