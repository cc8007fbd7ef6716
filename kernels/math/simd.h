// Four f32 at a time in WebAssembly: the primitives that functions.h is written in. Masks are 0 or all ones in each lane.
#ifndef OPML_MATH_SIMD_H
#define OPML_MATH_SIMD_H

#include "f32.h"
#include <wasm_simd128.h>

typedef v128_t vf;
typedef v128_t vu;

static inline vf add(vf a, vf b) { return wasm_f32x4_add(a, b); }
static inline vf sub(vf a, vf b) { return wasm_f32x4_sub(a, b); }
static inline vf mul(vf a, vf b) { return wasm_f32x4_mul(a, b); }
static inline vf quotient(vf a, vf b) { return wasm_f32x4_div(a, b); }
static inline vf root(vf a) { return wasm_f32x4_sqrt(a); }

static inline vf f(float a) { return wasm_f32x4_splat(a); }
static inline vu u(uint32_t a) { return wasm_i32x4_splat((int32_t)a); }
static inline vu bits(vf a) { return a; }
static inline vf value(vu a) { return a; }
static inline vf from_int(vu a) { return wasm_f32x4_convert_i32x4(a); }
static inline vu iadd(vu a, vu b) { return wasm_i32x4_add(a, b); }
static inline vu isub(vu a, vu b) { return wasm_i32x4_sub(a, b); }
static inline vu iand(vu a, vu b) { return wasm_v128_and(a, b); }
static inline vu ior(vu a, vu b) { return wasm_v128_or(a, b); }
static inline vu ixor(vu a, vu b) { return wasm_v128_xor(a, b); }
static inline vu shl(vu a, int n) { return wasm_i32x4_shl(a, (uint32_t)n); }
static inline vu sar(vu a, int n) { return wasm_i32x4_shr(a, (uint32_t)n); }
static inline vu greater(vu a, vu b) { return wasm_i32x4_gt(a, b); } // signed
static inline vu equal(vu a, vu b) { return wasm_i32x4_eq(a, b); }
static inline vu both(vu m, vu n) { return wasm_v128_and(m, n); }
static inline vu either(vu m, vu n) { return wasm_v128_or(m, n); }
static inline vu unlike(vu m, vu n) { return wasm_v128_xor(m, n); }
static inline vu but_not(vu m, vu n) { return wasm_v128_andnot(m, n); }
static inline vf pick(vu m, vf a, vf b) { return wasm_v128_bitselect(a, b, m); }
static inline vu ipick(vu m, vu a, vu b) { return wasm_v128_bitselect(a, b, m); }
static inline int any(vu m) { return wasm_v128_any_true(m); }

#endif
