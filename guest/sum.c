// The sum of the input's bytes. Input: up to 1 MiB less 4 bytes. Output: the sum mod 2^32, a little-endian word.
#include "guest.h"

int main(void) {
  uint32_t bytes = __opml_input[0];
  if (bytes > (1u << 20) - 4u) return EXIT_BAD_INPUT;
  const uint8_t *at = (const uint8_t *)(__opml_input + 1);
  uint32_t sum = 0;
  for (uint32_t i = 0; i < bytes; i++) sum += at[i];
  __opml_output[0] = 4;
  __opml_output[1] = sum;
  return EXIT_OK;
}
