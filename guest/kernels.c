// One kernel on any operands, for the conformance test.
//
// Input, little-endian words: kernel, n, k, zero point, then the operands, each from a word boundary. Output: the kernel's result; dense layers give
// the result of the fast kernel and then that of the plain one. Exit code 1: unknown kernel or sizes that do not fit the slot.
#include "activations.h"
#include "dense.h"
#include "guest.h"

enum { DENSE_F32, DENSE_I8, REQUANTIZE_I8, REQUANTIZE_I16, RELU_F32, RELU_I8, ARGMAX_F32, ARGMAX_I16, SOFTMAX_F32, SOFTMAX_I16, NUM_KERNELS };

enum { MAX_N = 64, MAX_K = 1024 };

struct sizes {
  uint32_t n, k;
  int32_t zero_point;
};

static uint32_t scratch[MAX_K];

static uint32_t words(uint32_t bytes) { return (bytes + 3u) >> 2; }

static uint32_t dense_f32_both(void *y, const uint32_t *operands, struct sizes s) {
  const float *w = (const void *)operands, *x = w + s.n * s.k, *bias = x + s.k;
  dense_f32(y, w, x, bias, scratch, s.n, s.k);
  dense_f32_ref((float *)y + s.n, w, x, bias, s.n, s.k);
  return 8 * s.n;
}

static uint32_t dense_i8_both(void *y, const uint32_t *operands, struct sizes s) {
  const uint32_t *x = operands + words(s.n * s.k);
  const int32_t *bias = (const void *)(x + words(s.k));
  dense_i8(y, (const void *)operands, (const void *)x, bias, s.n, s.k);
  dense_i8_ref((int32_t *)y + s.n, (const void *)operands, (const void *)x, bias, s.n, s.k);
  return 8 * s.n;
}

// Copies n words; the kernels that work in place run on the copy.
static void copy_words(uint32_t *to, const uint32_t *from, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) to[i] = from[i];
}

// Runs a kernel into `out` and returns the bytes of its result.
static uint32_t run(uint32_t kernel, uint32_t *out, const uint32_t *operands, struct sizes s) {
  const int32_t *acc = (const void *)operands, *multiplier = acc + s.n, *shift = multiplier + s.n;
  switch (kernel) {
    case DENSE_F32: return dense_f32_both(out, operands, s);
    case DENSE_I8: return dense_i8_both(out, operands, s);
    case REQUANTIZE_I8: requantize_i8((void *)out, acc, multiplier, shift, s.zero_point, s.n); return s.n;
    case REQUANTIZE_I16: requantize_i16((void *)out, acc, multiplier, shift, s.n); return 2 * s.n;
    case RELU_F32: copy_words(out, operands, s.n); relu_f32((void *)out, s.n); return 4 * s.n;
    case RELU_I8: copy_words(out, operands, words(s.n)); relu_i8((void *)out, s.zero_point, s.n); return s.n;
    case ARGMAX_F32: out[0] = argmax_f32((const void *)operands, s.n); return 4;
    case ARGMAX_I16: out[0] = argmax_i16((const void *)operands, s.n); return 4;
    case SOFTMAX_F32: softmax_f32((void *)out, (const void *)operands, s.n); return 4 * s.n;
    default: softmax_i16((void *)out, (const void *)operands, s.n); return 2 * s.n;
  }
}

int main(void) {
  uint32_t kernel = __opml_input[1];
  struct sizes s = {__opml_input[2], __opml_input[3], (int32_t)__opml_input[4]};
  if (__opml_input[0] < 16 || kernel >= NUM_KERNELS || s.n == 0 || s.n > MAX_N || s.k > MAX_K) return EXIT_BAD_INPUT;
  __opml_output[0] = run(kernel, __opml_output + 1, __opml_input + 5, s);
  return EXIT_OK;
}
