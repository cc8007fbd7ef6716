// Keccak-256 (original padding, 0x01) for Merkle trees, built to WASM with SIMD: three states side by side where many
// messages of one length are hashed, one state elsewhere. No stack, heap or hidden state: every function reads and
// writes only the ranges its comment names. Pointers need no alignment.
#include <stdint.h>

#define RATE 136    // bytes absorbed by one permutation
#define HASH 32     // bytes of a hash
#define BLOCK 128   // bytes of a leaf's preimage
#define PAIR 64     // bytes of a node's preimage
#define STATE 160   // bytes of a machine state's preimage
#define EXPORT __attribute__((visibility("default")))

typedef uint64_t u64x2 __attribute__((vector_size(16)));
typedef uint64_t __attribute__((aligned(1))) u64_unaligned;

// Rotation of lane x + 5y.
static const int RHO[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                            25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

static const uint64_t IOTA[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

#define LANE uint64_t
#define NAME(f) f##_x1
#include "keccak_f1600.inc"
#undef LANE
#undef NAME
#define LANE u64x2
#define NAME(f) f##_x2
#include "keccak_f1600.inc"
#undef LANE
#undef NAME

static inline __attribute__((always_inline)) uint64_t load64(const uint8_t *p) { return *(const u64_unaligned *)p; }
static inline __attribute__((always_inline)) void store64(uint8_t *p, uint64_t x) { *(u64_unaligned *)p = x; }

// One state. The rounds stay a loop: two or more in a row spill more registers and ran 20 % slower.
static inline __attribute__((always_inline)) void permute(uint64_t a[25]) {
#pragma clang loop unroll(disable)
  for (int r = 0; r < 24; r++) round_x1(a, IOTA[r]);
}

// Three states: two in vector registers, one in integer registers, whose units work at the same time (12 % more hashes
// than the two alone).
static inline __attribute__((always_inline)) void permute_three(u64x2 a[25], uint64_t b[25]) {
#pragma clang loop unroll(disable)
  for (int r = 0; r < 24; r++) {
    round_x2(a, IOTA[r]);
    round_x1(b, IOTA[r]);
  }
}

// Adds words `from` … from + 16 of the messages at p, q and r, as far as a message has them. The loop's bounds are
// constants so that it is unrolled early: with others the lanes end up in memory, which is 20 % slower.
static inline __attribute__((always_inline)) void absorb_three(u64x2 a[25], uint64_t b[25], const uint8_t *p,
                                                               const uint8_t *q, const uint8_t *r, int from, int words) {
#pragma clang loop unroll(full)
  for (int i = 0; i < RATE / 8; i++) {
    int w = from + i;
    if (w >= words) continue;
    a[i] ^= (u64x2){load64(p + 8 * w), load64(q + 8 * w)};
    b[i] ^= load64(r + 8 * w);
  }
}

// Hashes `count` messages of `size` bytes, one after another at `in`, to 32 bytes each at `out`. `out` may be `in`: a
// hash is written only over messages already read. `size`, a multiple of 8 below 2·136, is a constant where this is inlined.
static inline __attribute__((always_inline)) void hash_many(const uint8_t *in, uint32_t count, uint8_t *out, int size) {
  int words = size / 8, rate = RATE / 8, end = words % rate;
  for (uint32_t i = 0; i < count; i += 3, in += 3 * size, out += 3 * HASH) {
    // Where fewer than three messages are left, the first one stands in for the missing ones.
    int has_second = i + 1 < count, has_third = i + 2 < count;
    const uint8_t *second = has_second ? in + size : in, *third = has_third ? in + 2 * size : in;
    u64x2 a[25];
    uint64_t b[25];
#pragma clang loop unroll(full)
    for (int w = 0; w < 25; w++) {
      a[w] = (u64x2){0, 0};
      b[w] = 0;
    }
    absorb_three(a, b, in, second, third, 0, words);
    if (words >= rate) {
      permute_three(a, b);
      absorb_three(a, b, in, second, third, rate, words);
    }
    a[end] ^= (u64x2){1, 1};
    b[end] ^= 1;
    a[rate - 1] ^= (u64x2){1ull << 63, 1ull << 63};
    b[rate - 1] ^= 1ull << 63;
    permute_three(a, b);
#pragma clang loop unroll(full)
    for (int w = 0; w < 4; w++) store64(out + 8 * w, a[w][0]);
    if (has_second)
#pragma clang loop unroll(full)
      for (int w = 0; w < 4; w++) store64(out + HASH + 8 * w, a[w][1]);
    if (has_third)
#pragma clang loop unroll(full)
      for (int w = 0; w < 4; w++) store64(out + 2 * HASH + 8 * w, b[w]);
  }
}

// One node: out[32] = keccak256(in[64]); `out` may overlap `in`.
static void hash_node(const uint8_t *in, uint8_t *out) {
  uint64_t a[25];
#pragma clang loop unroll(full)
  for (int w = 0; w < 25; w++) a[w] = w < 8 ? load64(in + 8 * w) : 0;
  a[8] = 1;
  a[16] = 1ull << 63;
  permute(a);
#pragma clang loop unroll(full)
  for (int w = 0; w < 4; w++) store64(out + 8 * w, a[w]);
}

// out[32] = keccak256(in[size]), any size. The bytes in[size … next multiple of 136) are overwritten by the padding.
EXPORT void hash_message(uint8_t *in, uint32_t size, uint8_t *out) {
  uint32_t padded = (size / RATE + 1) * RATE;
  for (uint32_t i = size; i < padded; i++) in[i] = 0;
  in[size] = 1;
  in[padded - 1] |= 0x80;
  uint64_t a[25];
#pragma clang loop unroll(full)
  for (int w = 0; w < 25; w++) a[w] = 0;
  for (const uint8_t *end = in + padded; in < end; in += RATE) {
#pragma clang loop unroll(full)
    for (int w = 0; w < 17; w++) a[w] ^= load64(in + 8 * w);
    permute(a);
  }
#pragma clang loop unroll(full)
  for (int w = 0; w < 4; w++) store64(out + 8 * w, a[w]);
}

// out[count, 32] = leaf hashes of blocks[count, 128]; `out` may be `blocks`.
EXPORT void hash_blocks(const uint8_t *blocks, uint32_t count, uint8_t *out) { hash_many(blocks, count, out, BLOCK); }

// out[count, 32] = node hashes of pairs[count, 64]; `out` may be `pairs`.
EXPORT void hash_pairs(const uint8_t *pairs, uint32_t count, uint8_t *out) { hash_many(pairs, count, out, PAIR); }

// out[count, 32] = hashes of states[count, 160]; `out` may be `states`.
EXPORT void hash_states(const uint8_t *states, uint32_t count, uint8_t *out) { hash_many(states, count, out, STATE); }

// Root of the 2^height blocks at `blocks`, to out[32]; work[2^height, 32] is overwritten. `out` may be `work`, and
// `work` may be `blocks`.
EXPORT void subtree_root(const uint8_t *blocks, uint32_t height, uint8_t *work, uint8_t *out) {
  hash_blocks(blocks, 1u << height, work);
  for (uint32_t h = height; h > 0; h--) hash_pairs(work, 1u << (h - 1), work);
  for (int w = 0; w < 4; w++) store64(out + 8 * w, load64(work + 8 * w));
}

// `tree` is a heap of 2^(depth+1) hashes: node n has the children 2n and 2n + 1, the root is node 1. Rehashes the
// ancestors of the leaf at node `n` up to the root.
EXPORT void update_path(uint8_t *tree, uint32_t n) {
  for (; n > 1; n >>= 1) hash_node(tree + (n >> 1) * PAIR, tree + (n >> 1) * HASH);
}

// The same heap: rehashes every inner node from 2^depth leaves.
EXPORT void update_heap(uint8_t *tree, uint32_t depth) {
  for (uint32_t width = 1u << depth; width > 1; width >>= 1)
    hash_pairs(tree + width * HASH, width >> 1, tree + (width >> 1) * HASH);
}

// A page group: a heap of depth 5 over the 32 blocks of a page. Takes the page's bytes[32, 128], rehashes what differs
// from the leaves in `tree` and returns the number of leaves that changed; work[32, 32] is overwritten.
EXPORT uint32_t update_page(uint8_t *tree, const uint8_t *page, uint8_t *work) {
  uint32_t changed = 0; // bit i: leaf i
  hash_blocks(page, 32, work);
  for (uint32_t i = 0; i < 32; i++) {
    const uint8_t *now = work + i * HASH;
    uint8_t *leaf = tree + (32 + i) * HASH;
    uint64_t differs = 0;
    for (int w = 0; w < 4; w++) differs |= load64(now + 8 * w) ^ load64(leaf + 8 * w);
    if (!differs) continue;
    for (int w = 0; w < 4; w++) store64(leaf + 8 * w, load64(now + 8 * w));
    changed |= 1u << i;
  }
  uint32_t count = (uint32_t)__builtin_popcount(changed);
  if (count > 4) update_heap(tree, 5);
  else
    for (; changed; changed &= changed - 1) update_path(tree, 32 + (uint32_t)__builtin_ctz(changed));
  return count;
}
