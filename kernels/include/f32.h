// Bits of binary32 values, and the f32 functions that C has no operator for. Freestanding, no libm, no fused multiply-add.
#ifndef OPML_F32_H
#define OPML_F32_H

#include <stdint.h>

#define F32_NAN_BITS 0x7fc00000u
#define F32_INFINITY_BITS 0x7f800000u
#define F32_SIGN_BIT 0x80000000u

static inline uint32_t f32_bits(float value) {
  union { float f; uint32_t u; } word = {.f = value};
  return word.u;
}

static inline float f32_from_bits(uint32_t bits) {
  union { uint32_t u; float f; } word = {.u = bits};
  return word.f;
}

static inline int f32_is_nan(float value) { return (f32_bits(value) & ~F32_SIGN_BIT) > F32_INFINITY_BITS; }

static inline int f32_is_finite(float value) { return (f32_bits(value) & F32_INFINITY_BITS) != F32_INFINITY_BITS; }

// True for +0 and -0.
static inline int f32_is_zero(float value) { return (f32_bits(value) << 1) == 0; }

// Every NaN that is stored has the bits 0x7fc00000.
static inline float f32_canonical(float value) { return f32_is_nan(value) ? f32_from_bits(F32_NAN_BITS) : value; }

float f32_exp(float x);
float f32_sqrt(float x);
int32_t f32_to_i32(float x);
uint32_t f32_to_u32(float x);
float f32_fold16(float lanes[16]);

#endif
