// Every rule of spec/01 by number, on words: what the conformance tests call in the guest, in WebAssembly and natively.
#ifndef OPML_MATH_APPLY_H
#define OPML_MATH_APPLY_H

#include "numerics.h"
#include "opml_math.h"

#define APPLY_ENUM(name) APPLY_##name,
enum {
  OPML_MATH_UNARY(APPLY_ENUM)
  APPLY_pow, APPLY_MIN, APPLY_MAX, APPLY_ROUND_HALF_EVEN, APPLY_TO_I8, APPLY_TO_U8, APPLY_TO_I16, APPLY_TO_U16, APPLY_TO_I32, APPLY_TO_U32,
  APPLY_FROM_I32, APPLY_FROM_U32, APPLY_F16_TO_F32, APPLY_F32_TO_F16, APPLY_BF16_TO_F32, APPLY_F32_TO_BF16, NUM_APPLY
};

// b is ignored by functions of one argument.
static inline uint32_t apply(uint32_t function, uint32_t a, uint32_t b) {
  float x = f32_from_bits(a), y = f32_from_bits(b);
  switch (function) {
#define APPLY_CASE(name) case APPLY_##name: return f32_bits(name##32(x));
    OPML_MATH_UNARY(APPLY_CASE)
    case APPLY_pow: return f32_bits(pow32(x, y));
    case APPLY_MIN: return f32_bits(f32_min(x, y));
    case APPLY_MAX: return f32_bits(f32_max(x, y));
    case APPLY_ROUND_HALF_EVEN: return f32_bits(f32_round_half_even(x));
    case APPLY_TO_I8: return (uint32_t)f32_to_i8(x);
    case APPLY_TO_U8: return (uint32_t)f32_to_u8(x);
    case APPLY_TO_I16: return (uint32_t)f32_to_i16(x);
    case APPLY_TO_U16: return (uint32_t)f32_to_u16(x);
    case APPLY_TO_I32: return (uint32_t)f32_to_i32(x);
    case APPLY_TO_U32: return f32_to_u32(x);
    case APPLY_FROM_I32: return f32_bits((float)(int32_t)a);
    case APPLY_FROM_U32: return f32_bits((float)a);
    case APPLY_F16_TO_F32: return f32_bits(f16_to_f32((uint16_t)a));
    case APPLY_F32_TO_F16: return f32_to_f16(x);
    case APPLY_BF16_TO_F32: return f32_bits(bf16_to_f32((uint16_t)a));
    default: return f32_to_bf16(x);
  }
}

#endif
