// What other modules call of keccak.c; the comments there are the contracts.
#ifndef OPML_KECCAK_H
#define OPML_KECCAK_H

#include <stdint.h>

void hash_blocks(const uint8_t *blocks, uint32_t count, uint8_t *out);
void hash_pairs(const uint8_t *pairs, uint32_t count, uint8_t *out);
void update_path(uint8_t *tree, uint32_t node);

#endif
