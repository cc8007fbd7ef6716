// The elementary functions on arrays, four elements at a time; WebAssembly only.
#include "opml_math.h"
#include "simd.h"
#include "functions.h"

#define EXPORT __attribute__((visibility("default")))

// The first `count` (1 ... 3) elements, zeros behind them.
static vf load_some(const float *x, uint32_t count) {
  float lanes[4] = {0};
  for (uint32_t i = 0; i < count; i++) lanes[i] = x[i];
  return wasm_v128_load(lanes);
}

static void store_some(float *y, vf value, uint32_t count) {
  float lanes[4];
  wasm_v128_store(lanes, value);
  for (uint32_t i = 0; i < count; i++) y[i] = lanes[i];
}

// void exp32_array(y[n], x[n], n) and so on: y[i] = exp32(x[i])
#define DEFINE(name)                                                                             \
  EXPORT void name##32_array(float *y, const float *x, uint32_t n) {                             \
    uint32_t i = 0;                                                                              \
    for (; n - i >= 4; i += 4) wasm_v128_store(y + i, name##_lanes(wasm_v128_load(x + i)));      \
    if (i < n) store_some(y + i, name##_lanes(load_some(x + i, n - i)), n - i);                  \
  }
OPML_MATH_UNARY(DEFINE)

// z[i] = pow32(x[i], y[i])
EXPORT void pow32_array(float *z, const float *x, const float *y, uint32_t n) {
  uint32_t i = 0;
  for (; n - i >= 4; i += 4) wasm_v128_store(z + i, pow_lanes(wasm_v128_load(x + i), wasm_v128_load(y + i)));
  if (i < n) store_some(z + i, pow_lanes(load_some(x + i, n - i), load_some(y + i, n - i)), n - i);
}
