// The portable WebAssembly module: any block of any node, by the guest's own sources. One thread, no SIMD.
#include "program.h"

// Computes blocks first ... first + count - 1 into out (128 bytes each); returns 0 if the opcode is unknown.
__attribute__((visibility("default"))) int program_blocks(const ProgramNode *node, const void *const operand[3], uint32_t first, uint32_t count, uint8_t *out) {
  for (uint32_t i = 0; i < count; i++)
    if (!program_block(node, operand, first + i, out + i * BLOCK_BYTES)) return 0;
  return 1;
}

// First free address.
extern uint8_t __heap_base;
__attribute__((visibility("default"))) uint8_t *heap_base(void) { return &__heap_base; }
