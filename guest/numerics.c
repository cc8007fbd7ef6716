// The rules of spec/01 on many operands in one run, for the conformance test.
//
// Input: function (word, kernels/math/apply.h), then n words a, then n words b. Output: n words, one for a sum. b is ignored by functions of one
// argument. Exit code 1: a length that is not 4 + 8 n, or an unknown function.
#include "../kernels/math/apply.h"
#include "guest.h"

int main(void) {
  uint32_t bytes = __opml_input[0];
  uint32_t function = __opml_input[1];
  if (bytes < 4 || bytes % 8 != 4 || function >= NUM_APPLY) return EXIT_BAD_INPUT;
  uint32_t n = bytes / 8;
  const uint32_t *a = __opml_input + 2;
  __opml_output[0] = 4 * apply(function, __opml_output + 1, a, a + n, n);
  return EXIT_OK;
}
