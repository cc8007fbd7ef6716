// The one order in which f32 terms are summed (spec/01): lane l of 16, from +0, takes the terms i = l (mod 16) upward; then the lanes fold.
#ifndef OPML_ORDERED_SUM_H
#define OPML_ORDERED_SUM_H

#include "f32.h"
#include "f32_guest.h"

enum { NUM_LANES = 16 };

struct ordered_sum {
  float lane[NUM_LANES];
};

static inline void ordered_begin(struct ordered_sum *sum) {
  for (uint32_t l = 0; l < NUM_LANES; l++) sum->lane[l] = 0.0f;
}

static inline void ordered_add(struct ordered_sum *sum, uint32_t i, float term) {
  float *lane = &sum->lane[i % NUM_LANES];
  *lane = f32_add(*lane, term);
}

static inline float ordered_end(struct ordered_sum *sum) { return f32_fold16(sum->lane); }

#endif
