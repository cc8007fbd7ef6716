// Exports of the module kernels/math/math.wasm besides those of math_simd.c.
#include "apply.h"

// apply, one element at a time
__attribute__((visibility("default"))) uint32_t apply_scalar(uint32_t function, uint32_t *y, const uint32_t *a, const uint32_t *b, uint32_t n) {
  return apply(function, y, a, b, n);
}
