// A digit by the 784-20-10 network in ordered f32.
//
// Input: 784 bytes, pixels 0 ... 255. Output, 44 bytes: the digit (1 byte, 3 zero bytes), then 10 probabilities, f32 little-endian.
// The model region: header, fc1.weight [20,784], fc1.bias [20], fc2.weight [10,20], fc2.bias [10], all f32.
#include "activations.h"
#include "dense.h"
#include "f32.h"
#include "guest.h"

enum { INPUTS = 784, HIDDEN = 20, OUTPUTS = 10 };

struct model {
  struct model_header header;
  float weight1[HIDDEN * INPUTS], bias1[HIDDEN];
  float weight2[OUTPUTS * HIDDEN], bias2[OUTPUTS];
};
_Static_assert(sizeof(struct model) == 63704, "the converter writes this layout");

OPML_MODEL_REGION(63704);
extern const struct model __opml_model;

static float pixels[INPUTS], hidden[HIDDEN], logits[OUTPUTS], probabilities[OUTPUTS];
static uint32_t scratch[INPUTS];

static int is_model(const struct model_header *h) {
  return h->magic == MODEL_MAGIC && h->format == MODEL_MLP_F32 && h->inputs == INPUTS && h->hidden == HIDDEN && h->outputs == OUTPUTS;
}

int main(void) {
  const struct model *m = &__opml_model;
  if (__opml_input[0] != INPUTS) return EXIT_BAD_INPUT;
  if (!is_model(&m->header)) return EXIT_BAD_MODEL;

  const uint8_t *image = (const uint8_t *)(__opml_input + 1);
  for (uint32_t i = 0; i < INPUTS; i++) pixels[i] = image[i] == 0 ? 0.0f : (float)(int32_t)image[i] / 255.0f;
  dense_f32(hidden, m->weight1, pixels, m->bias1, scratch, HIDDEN, INPUTS);
  relu_f32(hidden, HIDDEN);
  dense_f32(logits, m->weight2, hidden, m->bias2, scratch, OUTPUTS, HIDDEN);
  softmax_f32(probabilities, logits, OUTPUTS);

  __opml_output[0] = 4 + 4 * OUTPUTS;
  __opml_output[1] = argmax_f32(logits, OUTPUTS);
  for (uint32_t j = 0; j < OUTPUTS; j++) __opml_output[2 + j] = f32_bits(probabilities[j]);
  return EXIT_OK;
}
