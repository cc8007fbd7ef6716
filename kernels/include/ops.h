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
void reduce_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void arg_reduce_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void softmax_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void normalize_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void cum_sum_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void sort_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void gather_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void gather_elements_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void gather_nd_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void scatter_elements_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void scatter_nd_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void concat_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void pad_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void interpolate_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void tree_ensemble_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void mat_mul_integer_block(struct block *block, uint8_t out[BLOCK_BYTES]);
void pool_block(struct block *block, uint8_t out[BLOCK_BYTES]);

#endif
