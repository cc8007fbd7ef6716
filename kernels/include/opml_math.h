#ifndef OM_H
#define OM_H
#include <stdint.h>
float f32_floor(float);
float f32_ceil(float);
float f32_trunc(float);
float f32_nearest(float);
float f32_log(float);
float f32_sin(float);
float f32_cos(float);
float f32_tan(float);
float f32_asin(float);
float f32_acos(float);
float f32_atan(float);
float f32_sinh(float);
float f32_cosh(float);
float f32_tanh(float);
float f32_asinh(float);
float f32_acosh(float);
float f32_atanh(float);
float f32_erf(float);
float f32_pow(float,float);float f32_fmod(float,float);int64_t f32_to_i64(float);uint64_t f32_to_u64(float);int32_t i32_requantize(int32_t,int32_t,uint32_t);
#endif
