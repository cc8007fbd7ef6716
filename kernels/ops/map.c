// Map: out[i] = the micro-ops on views of a, b, c. Everything element-wise, casts, broadcasts, transposes, slices.
#include "ops.h"

void map_block(struct block *block, uint8_t out[BLOCK_BYTES]) { block_epilogue(block, out); }
