// The two functions that a freestanding compiler calls by itself. Built with -fno-builtin, so that they are not made to call themselves.
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  uint8_t *out = to;
  const uint8_t *in = from;
  for (size_t i = 0; i < bytes; i++) out[i] = in[i];
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  uint8_t *out = to;
  size_t i = 0;
  uint32_t word = (uint8_t)value * 0x01010101u;
  if (((uintptr_t)to & 3u) == 0)
    for (; i + 4 <= bytes; i += 4) *(uint32_t *)(void *)(out + i) = word;
  for (; i < bytes; i++) out[i] = (uint8_t)value;
  return to;
}
