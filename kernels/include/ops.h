// The operators' block kernels, one file each in kernels/ops. Each is handed a block that block_begin has set up.
#ifndef OPML_OPS_H
#define OPML_OPS_H

#include "numerics.h"
#include "program.h"

void conv_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void conv_integer_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void conv_transpose_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void map_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void mat_mul_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void mat_mul_integer_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void pool_block(struct block *block, uint8_t out[BLOCK_BYTES]);

#endif
