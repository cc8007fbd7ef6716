// Keccak-f[1600] on a state of 25 lanes, ROUNDS times (FIPS 202 §3.2, §3.3).
#include "start.h"

#ifndef ROUNDS
#define ROUNDS 500000
#endif

static const uint64_t ROUND_CONSTANTS[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
    0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
    0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
static const uint8_t ROTATIONS[24] = {1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44};
static const uint8_t LANES[24] = {10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};

static inline uint64_t rotate_left(uint64_t x, unsigned n) { return (x << n) | (x >> (64 - n)); }

static __attribute__((noinline)) void permute(uint64_t *state) {
  for (int round = 0; round < 24; round++) {
    uint64_t column[5];
#pragma clang loop unroll(full)
    for (int x = 0; x < 5; x++) column[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
#pragma clang loop unroll(full)
    for (int x = 0; x < 5; x++) {
      uint64_t d = column[(x + 4) % 5] ^ rotate_left(column[(x + 1) % 5], 1);
#pragma clang loop unroll(full)
      for (int y = 0; y < 25; y += 5) state[y + x] ^= d;
    }
    uint64_t moved = state[1];
#pragma clang loop unroll(full)
    for (int i = 0; i < 24; i++) {
      uint64_t next = state[LANES[i]];
      state[LANES[i]] = rotate_left(moved, ROTATIONS[i]);
      moved = next;
    }
#pragma clang loop unroll(full)
    for (int y = 0; y < 25; y += 5) {
      uint64_t a = state[y], b = state[y + 1], c = state[y + 2], d = state[y + 3], e = state[y + 4];
      state[y] = a ^ (~b & c);
      state[y + 1] = b ^ (~c & d);
      state[y + 2] = c ^ (~d & e);
      state[y + 3] = d ^ (~e & a);
      state[y + 4] = e ^ (~a & b);
    }
    state[0] ^= ROUND_CONSTANTS[round];
  }
}

static uint64_t state[25];

uint32_t run(void) {
  for (int i = 0; i < ROUNDS; i++) permute(state);
  return (uint32_t)state[0];
}
