// What Conv and ConvInteger share: the walk over the terms i = ((ic KD + kd) KH + kh) KW + kw of an output element [n, g, oc, d, h, w],
// a being [n, g ic, D, H, W] and b [g oc, ic, kd, kh, kw]. A row is the terms that differ in kw alone.
#ifndef OPML_CONVOLUTION_H
#define OPML_CONVOLUTION_H

#include "program.h"

struct convolution_row {
  uint32_t term; // i of kw = 0
  uint32_t a;    // element of a at position 0 of the row; undefined in the padding
  uint32_t b;    // element of b of kw = 0
  int32_t w;     // position of kw = 0
  uint32_t size; // number of positions inside a; 0 in the padding along D or H
};

typedef void convolution_row_fn(const struct block *block, const struct convolution_row *row, void *sum);

// Calls add_row for every row of element e of the block, i upward.
void convolution_rows(const struct block *block, uint32_t e, convolution_row_fn *add_row, void *sum);

#endif
