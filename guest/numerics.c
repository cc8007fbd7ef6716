// The rules of spec/01 on many operands in one run, for the conformance test.
//
// Input: function (word, kernels/math/apply.h), then n pairs of words a, b. Output: n words. b is ignored by functions of one argument. Exit code
// 1: a length that is not 4 + 8 n, or an unknown function.
#include "../kernels/math/apply.h"
#include "guest.h"

int main(void) {
  uint32_t bytes = __opml_input[0];
  uint32_t function = __opml_input[1];
  if (bytes < 4 || bytes % 8 != 4 || function >= NUM_APPLY) return EXIT_BAD_INPUT;
  uint32_t n = bytes / 8;
  const uint32_t *operands = __opml_input + 2;
  for (uint32_t i = 0; i < n; i++) __opml_output[1 + i] = apply(function, operands[2 * i], operands[2 * i + 1]);
  __opml_output[0] = 4 * n;
  return EXIT_OK;
}
