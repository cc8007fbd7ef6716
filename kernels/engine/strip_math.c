// The elementary functions on strips, four elements at a time.
#include "engine.h"
#include "opml_math.h"

#define DECLARE(name) void name##32_array(float *y, const float *x, uint32_t n);
OPML_MATH_UNARY(DECLARE)

int math_array(uint32_t id, float *y, const float *x, uint32_t n) {
  switch (id) {
    case MICRO_F32_EXP: exp32_array(y, x, n); return 1;
    case MICRO_F32_LOG: log32_array(y, x, n); return 1;
    case MICRO_F32_SIN: sin32_array(y, x, n); return 1;
    case MICRO_F32_COS: cos32_array(y, x, n); return 1;
    case MICRO_F32_TAN: tan32_array(y, x, n); return 1;
    case MICRO_F32_ASIN: asin32_array(y, x, n); return 1;
    case MICRO_F32_ACOS: acos32_array(y, x, n); return 1;
    case MICRO_F32_ATAN: atan32_array(y, x, n); return 1;
    case MICRO_F32_SINH: sinh32_array(y, x, n); return 1;
    case MICRO_F32_COSH: cosh32_array(y, x, n); return 1;
    case MICRO_F32_TANH: tanh32_array(y, x, n); return 1;
    case MICRO_F32_ASINH: asinh32_array(y, x, n); return 1;
    case MICRO_F32_ACOSH: acosh32_array(y, x, n); return 1;
    case MICRO_F32_ATANH: atanh32_array(y, x, n); return 1;
    case MICRO_F32_ERF: erf32_array(y, x, n); return 1;
    case MICRO_F32_SIGMOID: sigmoid32_array(y, x, n); return 1;
    case MICRO_F32_LOG1P: log1p32_array(y, x, n); return 1;
    case MICRO_F32_SOFTPLUS: softplus32_array(y, x, n); return 1;
    default: return 0;
  }
}
