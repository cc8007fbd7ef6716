// Sorts 64 Ki words, recursively, ROUNDS times.
#include "start.h"

#ifndef ROUNDS
#define ROUNDS 200
#endif
#define COUNT 65536

static int32_t values[COUNT];

static __attribute__((noinline)) void sort(int32_t *low, int32_t *high) {
  while (low < high) {
    int32_t pivot = low[(high - low) / 2];
    int32_t *i = low, *j = high;
    do {
      while (*i < pivot) i++;
      while (*j > pivot) j--;
      if (i <= j) {
        int32_t t = *i;
        *i++ = *j;
        *j-- = t;
      }
    } while (i <= j);
    if (j - low < high - i) {
      sort(low, j);
      low = i;
    } else {
      sort(i, high);
      high = j;
    }
  }
}

uint32_t run(void) {
  uint32_t check = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < COUNT; i++) values[i] = (int32_t)next_random();
    sort(values, values + COUNT - 1);
    for (int i = 1; i < COUNT; i++) check += (uint32_t)(values[i - 1] > values[i]) * 1000u;
    check = check * 31 + (uint32_t)values[COUNT / 2];
  }
  return check;
}
