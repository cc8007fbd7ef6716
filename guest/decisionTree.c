// Which iris? A decision tree over Fisher's four measures: what a model looks like that is no network.
//
// Input: sepal length, sepal width, petal length, petal width, each a little-endian word in hundredths of a centimetre. Output, 4 bytes:
// 0 setosa, 1 versicolor, 2 virginica.
#include "guest.h"

enum { FEATURES = 4, PETAL_LENGTH = 2, PETAL_WIDTH = 3, LEAF = 255 };

// Node: go to `below` when the feature is at most `threshold`, else to `above`. A leaf holds its class in `below`.
struct node {
  uint8_t feature, below, above, padding;
  uint32_t threshold;
};

static const struct node TREE[] = {
    {PETAL_LENGTH, 1, 2, 0, 245}, {LEAF, 0, 0, 0, 0},           {PETAL_WIDTH, 3, 6, 0, 175}, {PETAL_LENGTH, 4, 5, 0, 495},
    {LEAF, 1, 0, 0, 0},           {LEAF, 2, 0, 0, 0},           {LEAF, 2, 0, 0, 0},
};

int main(void) {
  if (__opml_input[0] != 4 * FEATURES) return EXIT_BAD_INPUT;
  const uint32_t *features = __opml_input + 1;
  const struct node *node = TREE;
  while (node->feature != LEAF) node = TREE + (features[node->feature] <= node->threshold ? node->below : node->above);
  __opml_output[0] = 4;
  __opml_output[1] = node->below;
  return EXIT_OK;
}
