// Blocks of a node's output: coordinates, loads and stores.
#include "numerics.h"
#include "program.h"

uint32_t dtype_bytes(uint32_t dtype) {
  switch (dtype) {
    case DTYPE_I8: case DTYPE_U8: case DTYPE_BOOL: return 1;
    case DTYPE_F16: case DTYPE_BF16: case DTYPE_I16: case DTYPE_U16: return 2;
    case DTYPE_F32: case DTYPE_I32: case DTYPE_U32: return 4;
    case DTYPE_I64: case DTYPE_U64: return 8;
    default: return 0;
  }
}

union value load_element(uint32_t dtype, const void *data, int64_t index) {
  union value value = {.l = 0};
  switch (dtype) {
    case DTYPE_F32: value.f = ((const float *)data)[index]; break;
    case DTYPE_F16: value.f = f16_to_f32(((const uint16_t *)data)[index]); break;
    case DTYPE_BF16: value.f = bf16_to_f32(((const uint16_t *)data)[index]); break;
    case DTYPE_I8: value.i = ((const int8_t *)data)[index]; break;
    case DTYPE_U8: case DTYPE_BOOL: value.i = ((const uint8_t *)data)[index]; break;
    case DTYPE_I16: value.i = ((const int16_t *)data)[index]; break;
    case DTYPE_U16: value.i = ((const uint16_t *)data)[index]; break;
    case DTYPE_I32: case DTYPE_U32: value.i = ((const int32_t *)data)[index]; break;
    default: value.l = ((const int64_t *)data)[index]; break;
  }
  return value;
}

void store_element(uint32_t dtype, void *data, uint32_t index, union value value) {
  switch (dtype) {
    case DTYPE_F32: ((float *)data)[index] = f32_canonical(value.f); break;
    case DTYPE_F16: ((uint16_t *)data)[index] = f32_to_f16(value.f); break;
    case DTYPE_BF16: ((uint16_t *)data)[index] = f32_to_bf16(value.f); break;
    case DTYPE_I8: case DTYPE_U8: ((uint8_t *)data)[index] = (uint8_t)value.u; break;
    case DTYPE_BOOL: ((uint8_t *)data)[index] = value.u != 0; break;
    case DTYPE_I16: case DTYPE_U16: ((uint16_t *)data)[index] = (uint16_t)value.u; break;
    case DTYPE_I32: case DTYPE_U32: ((uint32_t *)data)[index] = value.u; break;
    default: ((int64_t *)data)[index] = value.l; break;
  }
}

void block_begin(struct block *block, const ProgramNode *node, const void *const operand[3], uint32_t index) {
  uint32_t bytes = dtype_bytes(node->dtype[0]), numElements = node->length_bytes / bytes, capacity = BLOCK_BYTES / bytes;
  uint32_t first = index <= numElements / capacity ? index * capacity : numElements;
  block->node = node;
  block->operand = operand;
  block->first = first;
  block->count = numElements - first < capacity ? numElements - first : capacity;
  if (block->count == 0) return; // dims may be 0
  int32_t at[RANK];
  for (uint32_t d = RANK; d-- > 0;) {
    at[d] = (int32_t)(first % node->dims[d]);
    first /= node->dims[d];
  }
  for (uint32_t e = 0; e < block->count; e++) {
    for (uint32_t d = 0; d < RANK; d++) block->coordinate[d][e] = at[d];
    for (uint32_t d = RANK; d-- > 0;) {
      if (++at[d] < (int32_t)node->dims[d]) break;
      at[d] = 0;
    }
  }
}

void block_store(const struct block *block, const union value *values, uint8_t out[BLOCK_BYTES]) {
  uint32_t dtype = block->node->dtype[0], used = block->count * dtype_bytes(dtype);
  for (uint32_t e = 0; e < block->count; e++) store_element(dtype, out, e, values[e]);
  for (uint32_t i = used; i < BLOCK_BYTES; i++) out[i] = 0;
}
