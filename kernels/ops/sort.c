// Sort: the stable order along one dimension, as positions. Of a row only what the block needs is sorted: the elements between those
// of the first and the last rank wanted, which are found digit by digit of their keys, counting. Scratch does not depend on the row.
#include "order.h"
#include "ops.h"
#include "rows.h"

enum { MAX_SORTED = BLOCK_BYTES / 4, DIGIT_BITS = 8, NUM_BINS = 1 << DIGIT_BITS };

struct row {
  const struct block *block;
  int64_t start, stride;
  uint32_t length;
  int is_descending;
};

// An element by its rank: its key, and how many elements of the same key come before it.
struct bound {
  uint64_t key;
  uint32_t num_equal_before;
};

struct sorted {
  uint32_t count;
  uint64_t keys[MAX_SORTED];
  uint32_t positions[MAX_SORTED];
};

static uint32_t num_digits(const struct row *row) { return dtype_class(row->block->node->dtype[1]) == CLASS_I64 ? 8 : 4; }

// Key of the element at a position: keys ascend in the order wanted.
static uint64_t row_key(const struct row *row, int64_t element) {
  uint32_t dtype = row->block->node->dtype[1];
  uint64_t key = order_key(dtype, load_element(dtype, row->block->operand[0], element));
  if (!row->is_descending) return key;
  return dtype_class(dtype) == CLASS_I64 ? ~key : (uint32_t)~key;
}

static uint32_t digit_of(uint64_t key, uint32_t digit) {
  uint32_t word = digit < 4 ? (uint32_t)key : (uint32_t)(key >> 32);
  return word >> (digit % 4 * DIGIT_BITS) & (NUM_BINS - 1);
}

// The bin that holds rank num_equal_before, which becomes the rank inside the bin.
static void choose_bin(struct bound *bound, const uint32_t *bins, uint32_t digit) {
  uint32_t bin = 0;
  for (; bound->num_equal_before >= bins[bin]; bin++) bound->num_equal_before -= bins[bin];
  bound->key |= (uint64_t)bin << (digit * DIGIT_BITS);
}

// The elements of the ranks `low` and `high`: one pass over the row for each digit, the highest first.
static void find_bounds(const struct row *row, struct bound *low, struct bound *high) {
  uint64_t mask = 0; // digits that are known
  for (uint32_t digit = num_digits(row); digit-- > 0;) {
    uint32_t low_bins[NUM_BINS] = {0}, high_bins[NUM_BINS] = {0};
    int64_t element = row->start;
    for (uint32_t i = 0; i < row->length; i++, element += row->stride) {
      uint64_t key = row_key(row, element);
      uint32_t bin = digit_of(key, digit);
      low_bins[bin] += ((key ^ low->key) & mask) == 0;
      high_bins[bin] += ((key ^ high->key) & mask) == 0;
    }
    choose_bin(low, low_bins, digit);
    choose_bin(high, high_bins, digit);
    mask |= (uint64_t)(NUM_BINS - 1) << (digit * DIGIT_BITS);
  }
}

// After every element that is not greater: equal ones keep their order.
static void insert(struct sorted *sorted, uint64_t key, uint32_t position) {
  uint32_t place = sorted->count++;
  for (; place > 0 && sorted->keys[place - 1] > key; place--) {
    sorted->keys[place] = sorted->keys[place - 1];
    sorted->positions[place] = sorted->positions[place - 1];
  }
  sorted->keys[place] = key;
  sorted->positions[place] = position;
}

// Sorts the elements of ranks first ... first + count - 1.
static void sort_ranks(const struct row *row, uint32_t first, uint32_t count, struct sorted *sorted) {
  struct bound low = {0, first}, high = {0, first + count - 1};
  sorted->count = 0;
  find_bounds(row, &low, &high);
  uint32_t num_low = 0, num_high = 0;
  int64_t element = row->start;
  for (uint32_t i = 0; i < row->length; i++, element += row->stride) {
    uint64_t key = row_key(row, element);
    if (key < low.key || key > high.key) continue;
    int is_before = key == low.key && num_low++ < low.num_equal_before;
    int is_after = key == high.key && num_high++ > high.num_equal_before;
    if (!is_before && !is_after) insert(sorted, key, i);
  }
}

// Sorts a whole short row.
static void sort_row(const struct row *row, struct sorted *sorted) {
  sorted->count = 0;
  int64_t element = row->start;
  for (uint32_t i = 0; i < row->length; i++, element += row->stride) insert(sorted, row_key(row, element), i);
}

void sort_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const uint32_t *attributes = block->node->attributes;
  struct row_axis rows = row_axis(block, attributes[ATTRIBUTE_SORT_AXIS]);
  struct row row = {block, 0, rows.stride, rows.length, attributes[ATTRIBUTE_SORT_IS_DESCENDING] == 1};
  for (uint32_t e = 0; e < block->count; e++) {
    if (row_continues(block, &rows, e)) continue; // done with the first of its row
    struct sorted sorted;
    uint32_t first = row_position(block, &rows, e), in_block = (block->count - 1 - e) / rows.inner + 1, in_row = rows.length - first;
    uint32_t count = in_block < in_row ? in_block : in_row;
    row.start = row_start(block, &rows, e);
    if (rows.length > MAX_SORTED) sort_ranks(&row, first, count, &sorted);
    else sort_row(&row, &sorted);
    const uint32_t *positions = sorted.positions + (rows.length > MAX_SORTED ? 0 : first);
    for (uint32_t k = 0; k < count; k++) block->acc[e + k * rows.inner].l = positions[k];
  }
  block_store(block, block->acc, out);
}
