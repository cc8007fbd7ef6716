// Exports of the module kernels/math/math.wasm besides those of math_simd.c.
#include "apply.h"

// y[i] = apply(function, a[i], b[i]), one at a time
__attribute__((visibility("default"))) void apply_scalar(uint32_t function, uint32_t *y, const uint32_t *a, const uint32_t *b, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) y[i] = apply(function, a[i], b[i]);
}
