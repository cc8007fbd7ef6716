// Entry of a benchmark guest: sets the stack, calls run(), exits with its checksum's low byte (ecall 93, as Linux does).
#include <stdint.h>

uint32_t run(void);

__attribute__((naked, noreturn, section(".text.start"))) void _start(void) {
  __asm__ volatile(
      "lui sp, %hi(__stack_top)\n"
      "addi sp, sp, %lo(__stack_top)\n"
      "call run\n"
      "andi a0, a0, 255\n"
      "li a7, 93\n"
      "ecall\n");
}

// A linear congruential generator (Numerical Recipes' constants): the same words in every executor.
static uint32_t seed = 1;
static inline uint32_t next_random(void) {
  seed = seed * 1664525u + 1013904223u;
  return seed;
}

void *memset(void *to, int value, unsigned long count) {
  volatile uint8_t *p = to;
  for (unsigned long i = 0; i < count; i++) p[i] = (uint8_t)value;
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, unsigned long count) {
  volatile uint8_t *p = to;
  const uint8_t *q = from;
  for (unsigned long i = 0; i < count; i++) p[i] = q[i];
  return to;
}
