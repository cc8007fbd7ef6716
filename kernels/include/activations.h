// Requantisation, ReLU, argmax and softmax.
#ifndef OPML_ACTIVATIONS_H
#define OPML_ACTIVATIONS_H

#include <stdint.h>

// y[n] i8 = saturate(round(acc[n] i32 * multiplier[n] i32 / 2^shift[n]) + zero_point), ties to even; shift 0 ... 62
void requantize_i8(int8_t *y, const int32_t *acc, const int32_t *multiplier, const int32_t *shift, int32_t zero_point, uint32_t n);

// y[n] i16 = saturate(round(acc[n] i32 * multiplier[n] i32 / 2^shift[n])), ties to even; shift 0 ... 62
void requantize_i16(int16_t *y, const int32_t *acc, const int32_t *multiplier, const int32_t *shift, uint32_t n);

// y[n] f32 = x[n] > 0 ? x : +0, in place; NaN stays NaN
void relu_f32(float *x, uint32_t n);

// y[n] i8 = max(x[n], zero_point), in place
void relu_i8(int8_t *x, int32_t zero_point, uint32_t n);

// Index of the first greatest of x[n]; NaN is never greatest (all NaN: 0)
uint32_t argmax_f32(const float *x, uint32_t n);
uint32_t argmax_i16(const int16_t *x, uint32_t n);

// y[n] f32 = exp(x - max x) / sum; the sum in 16 lanes
void softmax_f32(float *y, const float *x, uint32_t n);

// y[n] u16 = round(65535 exp((x - max x) / 256) / sum) of x[n] i16 with 8 fraction bits, from tables; n at most 2^16
void softmax_i16(uint16_t *y, const int16_t *x, uint32_t n);

#endif
