// ArgReduce: position of the greatest or least element of a along one axis; the first NaN is taken before every number.
#include "order.h"
#include "ops.h"

void arg_reduce_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  const uint32_t *attributes = node->attributes;
  uint32_t size = attributes[ATTRIBUTE_ARG_REDUCE_SIZE], dtype = node->dtype[1];
  int is_min = attributes[ATTRIBUTE_ARG_REDUCE_MODE] == 1, is_last = attributes[ATTRIBUTE_ARG_REDUCE_IS_LAST] == 1;
  int32_t stride = (int32_t)attributes[ATTRIBUTE_ARG_REDUCE_STRIDE];
  for (uint32_t e = 0; e < block->count; e++) {
    int64_t element = block_view(block, 0, e), position = 0;
    uint64_t best = 0;
    for (uint32_t i = 0; i < size; i++, element += stride) {
      union value value = load_element(dtype, block->operand[0], element);
      if (dtype_class(dtype) == CLASS_F32 && f32_is_nan(value.f)) {
        position = i;
        break;
      }
      uint64_t key = order_key(dtype, value);
      if (is_min) key = ~key;
      if (i != 0 && (is_last ? key < best : key <= best)) continue;
      best = key;
      position = i;
    }
    block->acc[e].l = position;
  }
  block_store(block, block->acc, out);
}
