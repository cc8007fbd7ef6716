// What Conv and ConvInteger share: where the inputs of 8 output pixels lie. Attributes are read by Conv's numbers.
#ifndef OPML_ENGINE_CONV_H
#define OPML_ENGINE_CONV_H

#include "gemm.h"

enum { MAX_TAPS = 1024 };

struct convolution {
  const ProgramNode *node;
  const uint32_t *a, *b, *out, *attributes; // dims and attributes
  uint32_t channels, taps, plane, pixels;    // of a group; of a filter's channel; of an input channel; of an output channel
};

struct convolution convolution_of(const ProgramNode *node);

// Whether each output pixel has one input pixel, at its own place.
int is_pointwise(const struct convolution *c);

// Of a convolution that is small enough (conv_copies.c): floats of its copied input, else 0; writes the copies of a group's input; and
// writes the bytes from a pixel's first tap to each behind the rows of its terms, into a panel of STEP_ROWS.
enum { MAX_COPIED_FLOATS = 1 << 14 };
uint32_t copied_floats(const struct convolution *c);
void copy_shifted(const struct convolution *c, const float *input, float *to);
void put_steps(const struct convolution *c, float *panel);

struct gather_source {
  const struct command *command;
  struct convolution shape;
  uint32_t image, group;
  int32_t *offsets; // [taps][8], for a panel
  int32_t *steps;   // of Conv: for each term in the order of panels, elements from the first term's input; or 0
  int is_pointwise; // an input pixel for each output pixel
};

// How the 8 inputs under a tap lie: anywhere, all inside, side by side, every second one, some side by side and the rest too.
enum { MIXED, INSIDE, IN_ROW, EVERY_SECOND, IN_TWO_ROWS };

// Element of an input plane under each tap of 8 output pixels from `first` on; -1 in the padding. Of kinds IN_ROW and EVERY_SECOND only
// the first is sure.
void tap_offsets(const struct gather_source *source, uint32_t first, uint32_t count, uint8_t kinds[MAX_TAPS]);

// Of kind IN_TWO_ROWS: how many lie in the first row.
static inline uint32_t first_row_length(const int32_t offset[TILE_COLS]) {
  uint32_t n = 1;
  while (n < TILE_COLS && offset[n] == offset[0] + (int32_t)n) n++;
  return n;
}

#endif
