// A digit by the 784-20-10 network in 8-bit fixed point; no f32 operation at all.
//
// Input: 784 bytes, pixels 0 ... 255. Output, 24 bytes: the digit (1 byte, 3 zero bytes), then 10 probabilities, u16 little-endian, in 1/65535.
// Pixels are i8 with scale 1/255 and zero point -128, the hidden layer is i8 with the model's zero point, logits are i16 in 1/256; weights are
// i8 with a scale an output. The zero points' share of each sum is part of the bias. The model region: header, fc1.weight [20,784] i8,
// fc2.weight [10,20] i8, then i32: fc1.bias, fc1.multiplier, fc1.shift [20], fc2.bias, fc2.multiplier, fc2.shift [10].
#include "activations.h"
#include "dense.h"
#include "guest.h"

enum { INPUTS = 784, HIDDEN = 20, OUTPUTS = 10 };

struct model {
  struct model_header header;
  int8_t weight1[HIDDEN * INPUTS], weight2[OUTPUTS * HIDDEN];
  int32_t bias1[HIDDEN], multiplier1[HIDDEN], shift1[HIDDEN];
  int32_t bias2[OUTPUTS], multiplier2[OUTPUTS], shift2[OUTPUTS];
};
_Static_assert(sizeof(struct model) == 16304, "the converter writes this layout");

OPML_MODEL_REGION(16304);
extern const struct model __opml_model;

static _Alignas(4) int8_t pixels[INPUTS];
static int8_t hidden[HIDDEN];
static int32_t sums[HIDDEN];
static int16_t logits[OUTPUTS];

static int is_model(const struct model_header *h) {
  return h->magic == MODEL_MAGIC && h->format == MODEL_MLP_I8 && h->inputs == INPUTS && h->hidden == HIDDEN && h->outputs == OUTPUTS;
}

int main(void) {
  const struct model *m = &__opml_model;
  if (__opml_input[0] != INPUTS) return EXIT_BAD_INPUT;
  if (!is_model(&m->header)) return EXIT_BAD_MODEL;

  for (uint32_t i = 0; i < INPUTS / 4; i++) // four pixels a word: p - 128 is p with its top bit flipped
    ((uint32_t *)(void *)pixels)[i] = __opml_input[1 + i] ^ 0x80808080u;
  dense_i8(sums, m->weight1, pixels, m->bias1, HIDDEN, INPUTS);
  requantize_i8(hidden, sums, m->multiplier1, m->shift1, m->header.zero_point, HIDDEN);
  relu_i8(hidden, m->header.zero_point, HIDDEN);
  dense_i8(sums, m->weight2, hidden, m->bias2, OUTPUTS, HIDDEN);
  requantize_i16(logits, sums, m->multiplier2, m->shift2, OUTPUTS);

  __opml_output[0] = 4 + 2 * OUTPUTS;
  __opml_output[1] = argmax_i16(logits, OUTPUTS);
  softmax_i16((uint16_t *)(__opml_output + 2), logits, OUTPUTS);
  return EXIT_OK;
}
