#ifndef OPML_F16_H
#define OPML_F16_H
#include <stdint.h>
float f16_to_f32(uint16_t);
uint16_t f32_to_f16(float);
float bf16_to_f32(uint16_t);
uint16_t f32_to_bf16(float);
#endif
