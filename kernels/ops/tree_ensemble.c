// TreeEnsemble: scores[n,targets] of decision trees over a[n,features] (spec/02 section 6.1).
// Safe on any table: a walk takes at most max_depth branches, and every number read from a table is checked before it is used.
#include "movement.h"
#include "ops.h"

enum { LEAF, LESS_OR_EQUAL, LESS, GREATER_OR_EQUAL, GREATER, EQUAL, NOT_EQUAL };
enum { MISSING_TRACKS_TRUE = 1 };
enum { AGGREGATE_SUM, AGGREGATE_AVERAGE, AGGREGATE_MIN, AGGREGATE_MAX };

struct tree_node {
  uint32_t mode, feature;
  float threshold;
  uint32_t true_child, false_child, flags, first_weight, num_weights;
};
_Static_assert(sizeof(struct tree_node) == 32, "spec/02 section 6.1");

struct leaf_weight {
  uint32_t target;
  float weight;
};

static int is_true(const struct tree_node *node, float x) {
  if ((node->flags & MISSING_TRACKS_TRUE) != 0 && f32_is_nan(x)) return 1;
  switch (node->mode) {
    case LESS_OR_EQUAL: return x <= node->threshold;
    case LESS: return x < node->threshold;
    case GREATER_OR_EQUAL: return x >= node->threshold;
    case GREATER: return x > node->threshold;
    case EQUAL: return x == node->threshold;
    default: return x != node->threshold;
  }
}

// The leaf to which a tree leads a row of a; 0 if the way leaves the table, meets an unknown mode or is too long.
static const struct tree_node *find_leaf(const struct block *block, uint32_t tree, uint32_t row) {
  const ProgramNode *node = block->node;
  const struct tree_node *records = block->operand[1];
  uint32_t num_records = node->operand[1].dims[4], num_features = node->operand[0].dims[5], at = tree;
  for (uint32_t left = node->attributes[ATTRIBUTE_TREE_ENSEMBLE_MAX_DEPTH];; left--) {
    if (at >= num_records) return 0;
    const struct tree_node *record = &records[at];
    if (record->mode == LEAF) return record;
    if (record->mode > NOT_EQUAL || left == 0) return 0;
    float x = 0.0f;
    if (record->feature < num_features) x = load_element(node->dtype[1], block->operand[0], row * num_features + record->feature).f;
    at = is_true(record, x) ? record->true_child : record->false_child;
  }
}

// Adds the weights of a leaf to the scores of targets first ... first + length - 1, elements e ... of the block.
static void add_leaf(struct block *block, const struct tree_node *leaf, uint32_t e, uint32_t length, uint8_t *has_score) {
  const ProgramNode *node = block->node;
  const struct leaf_weight *weights = block->operand[2];
  uint32_t aggregate = node->attributes[ATTRIBUTE_TREE_ENSEMBLE_AGGREGATE], max_weights = node->attributes[ATTRIBUTE_TREE_ENSEMBLE_MAX_WEIGHTS];
  uint32_t n = node->operand[2].dims[4], first = leaf->first_weight, count = leaf->num_weights;
  if (first >= n) return;
  if (count > n - first) count = n - first;
  if (count > max_weights) count = max_weights;
  for (uint32_t k = first; k < first + count; k++) {
    uint32_t place = weights[k].target - (uint32_t)block->coordinate[5][e];
    if (place >= length) continue;
    float *score = &block->acc[e + place].f, weight = weights[k].weight;
    if (aggregate <= AGGREGATE_AVERAGE) *score = f32_add(*score, weight);
    else if (!has_score[e + place]) *score = weight;
    else *score = aggregate == AGGREGATE_MIN ? f32_min(*score, weight) : f32_max(*score, weight);
    has_score[e + place] = 1;
  }
}

void tree_ensemble_block(struct block *block, uint8_t out[BLOCK_BYTES]) {
  const ProgramNode *node = block->node;
  const struct leaf_weight *bases = block->operand[2];
  uint32_t num_trees = node->attributes[ATTRIBUTE_TREE_ENSEMBLE_NUM_TREES], num_targets = node->dims[5];
  uint8_t has_score[MAX_BLOCK_ELEMENTS];
  for (uint32_t e = 0; e < block->count; e++) {
    block->acc[e].f = 0.0f;
    has_score[e] = 0;
  }
  for (uint32_t e = 0, length; e < block->count; e += length) { // the targets of one row share the walk
    length = num_targets - (uint32_t)block->coordinate[5][e];
    if (length > block->count - e) length = block->count - e;
    for (uint32_t tree = 0; tree < num_trees; tree++) {
      const struct tree_node *leaf = find_leaf(block, tree, (uint32_t)block->coordinate[4][e]);
      if (leaf != 0) add_leaf(block, leaf, e, length, has_score);
    }
  }
  for (uint32_t e = 0; e < block->count; e++) {
    float score = block->acc[e].f;
    if (node->attributes[ATTRIBUTE_TREE_ENSEMBLE_AGGREGATE] == AGGREGATE_AVERAGE) score = score / (float)num_trees;
    block->acc[e].f = f32_add(score, bases[block->coordinate[5][e]].weight);
  }
  block_store(block, block->acc, out);
}
