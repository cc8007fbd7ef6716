// One f32 at a time: the primitives that functions.h is written in. Masks are 0 or 1.
#ifndef OPML_MATH_SCALAR_H
#define OPML_MATH_SCALAR_H

#include "f32.h"
#include "f32_guest.h"

typedef float vf;
typedef uint32_t vu;

#if defined(__riscv)
#define PRIMITIVE static __attribute__((noinline, unused)) // soft float: a call costs less than the copies would
#else
#define PRIMITIVE static inline
#endif

PRIMITIVE vf add(vf a, vf b) { return f32_add(a, b); }
PRIMITIVE vf mul(vf a, vf b) { return f32_mul(a, b); }
static inline vf quotient(vf a, vf b) { return a / b; }
#if defined(__wasm__) || defined(__x86_64__) || defined(__aarch64__)
static inline vf root(vf a) { return __builtin_sqrtf(a); } // one instruction, with -fno-math-errno
#else
static inline vf root(vf a) { return f32_sqrt(a); }
#endif

static inline vf f(float a) { return a; }
static inline vu u(uint32_t a) { return a; }
static inline vu bits(vf a) { return f32_bits(a); }
static inline vf value(vu a) { return f32_from_bits(a); }
static inline vf sub(vf a, vf b) { return add(a, value(bits(b) ^ F32_SIGN_BIT)); }
static inline vf from_int(vu a) { return (float)(int32_t)a; }
static inline vu iadd(vu a, vu b) { return a + b; }
static inline vu isub(vu a, vu b) { return a - b; }
static inline vu iand(vu a, vu b) { return a & b; }
static inline vu ior(vu a, vu b) { return a | b; }
static inline vu ixor(vu a, vu b) { return a ^ b; }
static inline vu shl(vu a, int n) { return a << n; }
static inline vu sar(vu a, int n) { return (vu)((int32_t)a >> n); }
static inline vu greater(vu a, vu b) { return (int32_t)a > (int32_t)b; } // signed
static inline vu equal(vu a, vu b) { return a == b; }
static inline vu both(vu m, vu n) { return m & n; }
static inline vu either(vu m, vu n) { return m | n; }
static inline vu unlike(vu m, vu n) { return m ^ n; }
static inline vu but_not(vu m, vu n) { return m & (n ^ 1u); }
static inline vf pick(vu m, vf a, vf b) { return m ? a : b; }
static inline vu ipick(vu m, vu a, vu b) { return m ? a : b; }
static inline int any(vu m) { return m != 0; }

#endif
