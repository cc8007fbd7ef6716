// Many f32 operations in one run, for the conformance test.
//
// Input: operation (word), then n pairs of words a, b. Output: n words. b is ignored by operations of one operand. Exit code 1: a length that is
// not 4 + 8 n, an unknown operation, or too many pairs for the output slot.
#include "f32.h"
#include "f32_guest.h"
#include "guest.h"

enum { ADD, SUB, MUL, DIV, SQRT, EQ, LT, LE, FROM_I32, FROM_U32, TO_I32, TO_U32, EXP, KERNEL_ADD, KERNEL_MUL, NUM_OPERATIONS };

static uint32_t apply(uint32_t operation, uint32_t a, uint32_t b) {
  float x = f32_from_bits(a), y = f32_from_bits(b);
  switch (operation) {
    case ADD: return f32_bits(f32_canonical(x + y));
    case SUB: return f32_bits(f32_canonical(x - y));
    case MUL: return f32_bits(f32_canonical(x * y));
    case DIV: return f32_bits(f32_canonical(x / y));
    case SQRT: return f32_bits(f32_sqrt(x));
    case EQ: return x == y;
    case LT: return x < y;
    case LE: return x <= y;
    case FROM_I32: return f32_bits((float)(int32_t)a);
    case FROM_U32: return f32_bits((float)a);
    case TO_I32: return (uint32_t)f32_to_i32(x);
    case TO_U32: return f32_to_u32(x);
    case EXP: return f32_bits(f32_exp(x));
    case KERNEL_ADD: return f32_bits(f32_canonical(f32_add(x, y)));
    default: return f32_bits(f32_canonical(f32_mul(x, y)));
  }
}

int main(void) {
  uint32_t bytes = __opml_input[0];
  uint32_t operation = __opml_input[1];
  if (bytes < 4 || bytes % 8 != 4 || operation >= NUM_OPERATIONS) return EXIT_BAD_INPUT;
  uint32_t n = bytes / 8;
  const uint32_t *operands = __opml_input + 2;
  for (uint32_t i = 0; i < n; i++) __opml_output[1 + i] = apply(operation, operands[2 * i], operands[2 * i + 1]);
  __opml_output[0] = 4 * n;
  return EXIT_OK;
}
