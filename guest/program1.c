// Computes one block of one node (spec/02 section 9): a0 = block, a1 = step inside the section; the block is left in `output_block`.
//
// The verifier's rules hold for the descriptor; one of another version or with an unknown opcode exits with 1.
#include "program.h"

enum { EXIT_OK = 0, EXIT_BAD_DESCRIPTOR = 1 };

#define DESCRIPTOR ((const ProgramNode *)0x01000000)

uint8_t output_block[BLOCK_BYTES] __attribute__((aligned(128)));

static const void *const OPERANDS[3] = {(const void *)0x40000000, (const void *)0x80000000, (const void *)0xC0000000};

int main(uint32_t index) {
  const ProgramNode *node = DESCRIPTOR;
  if (node->version != PROGRAM_VERSION || dtype_bytes(node->dtype[0]) == 0) return EXIT_BAD_DESCRIPTOR;
  return program_block(node, OPERANDS, index, output_block) ? EXIT_OK : EXIT_BAD_DESCRIPTOR;
}
