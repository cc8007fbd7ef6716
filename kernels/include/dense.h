// Dense layers: y = w x + bias.
#ifndef OPML_DENSE_H
#define OPML_DENSE_H

#include <stdint.h>

// y[n] f32 = w[n,k] f32 . x[k] f32 + bias[n] f32, 16 lanes, then the bias
void dense_f32_ref(float *y, const float *w, const float *x, const float *bias, uint32_t n, uint32_t k);
// scratch[k], overwritten
void dense_f32(float *y, const float *w, const float *x, const float *bias, uint32_t *scratch, uint32_t n, uint32_t k);

// acc[n] i32 = w[n,k] i8 . x[k] i8 + bias[n] i32, exact in any order; the caller proves that no sum leaves i32
void dense_i8_ref(int32_t *acc, const int8_t *w, const int8_t *x, const int32_t *bias, uint32_t n, uint32_t k);
void dense_i8(int32_t *acc, const int8_t *w, const int8_t *x, const int32_t *bias, uint32_t n, uint32_t k);

#endif
