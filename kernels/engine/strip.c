// Micro-ops on strips of up to STRIP output elements: set-up and run.
#include "strip.h"

static enum value_class op_class(const struct strip *strip, const ProgramMicroOp *op) {
  switch (op->id) {
    case MICRO_ACC: return strip->acc_class;
    case MICRO_LOAD: return dtype_class(strip->node->dtype[1 + op->s1]);
    case MICRO_F32_CONST: case MICRO_F32_SELECT: case MICRO_F32_CONVERT_I32_S: case MICRO_F32_CONVERT_I32_U:
    case MICRO_F32_CONVERT_I64_S: case MICRO_F32_CONVERT_I64_U: return CLASS_F32;
    case MICRO_I64_CONST: case MICRO_I64_SELECT: case MICRO_I64_TRUNC_SAT_F32_S: case MICRO_I64_TRUNC_SAT_F32_U:
    case MICRO_I64_EXTEND_I32_S: case MICRO_I64_EXTEND_I32_U: return CLASS_I64;
    default: break;
  }
  if (op->id >= MICRO_F32_ADD && op->id < MICRO_F32_EQ) return CLASS_F32;
  return op->id >= MICRO_I64_ADD && op->id < MICRO_I64_EQ ? CLASS_I64 : CLASS_I32;
}

int num_arguments(uint32_t id) {
  if (id <= MICRO_ACC) return 0;
  if ((id >= MICRO_F32_SELECT && id <= MICRO_I64_SELECT) || id == MICRO_I32_REQUANTIZE) return 3;
  if ((id >= MICRO_F32_NEG && id < MICRO_F32_EQ) || id >= MICRO_I32_TRUNC_SAT_F32_S) return 1;
  return 2;
}

static uint32_t used_operands(const struct strip *strip, int *has_index) {
  uint32_t used = 0;
  *has_index = 0;
  for (uint32_t k = strip->from; k < strip->to; k++) {
    const ProgramMicroOp *op = &strip->node->micro_ops[k];
    if (op->id == MICRO_LOAD) used |= 1u << op->s1;
    if (op->id == MICRO_INDEX) *has_index = 1;
  }
  return used;
}

// Whether view w walks its tensor as the output lies.
static int is_linear(const struct strip *strip, uint32_t w) {
  int64_t dense = 1;
  for (uint32_t d = strip->num_dims; d-- > 0;) {
    if (strip->dims[d] != 1 && strip->strides[w][d] != dense) return 0;
    dense *= strip->dims[d];
  }
  return 1;
}

// Leaves out dims of size 1 and joins neighbours that every used view walks as one.
static void merge_dims(struct strip *strip) {
  const ProgramNode *node = strip->node;
  int has_index;
  uint32_t used = used_operands(strip, &has_index), n = 0;
  for (uint32_t d = 0; d < RANK; d++) {
    if (node->dims[d] == 1 && !has_index) continue;
    int joins = n > 0 && !has_index;
    for (uint32_t w = 0; w < 3 && joins; w++)
      if ((used >> w & 1) != 0 && (int64_t)strip->strides[w][n - 1] != (int64_t)node->operand[w].strides[d] * node->dims[d]) joins = 0;
    if (!joins) n++;
    strip->dims[n - 1] = joins ? strip->dims[n - 1] * node->dims[d] : node->dims[d];
    for (uint32_t w = 0; w < 3; w++) strip->strides[w][n - 1] = node->operand[w].strides[d];
  }
  if (n == 0) {
    strip->dims[0] = 1;
    for (uint32_t w = 0; w < 3; w++) strip->strides[w][0] = 0;
    n = 1;
  }
  strip->num_dims = n;
  for (uint32_t w = 0; w < 3; w++) strip->is_linear[w] = (uint8_t)is_linear(strip, w);
}

static int is_fixed(const struct strip *strip, const ProgramMicroOp *op) {
  switch (op->id) {
    case MICRO_ACC: case MICRO_INDEX: return 0;
    case MICRO_LOAD:
      if (strip->chained[op->s1] != 0) return 0;
      for (uint32_t d = 0; d < strip->num_dims; d++)
        if (strip->strides[op->s1][d] != 0) return 0;
      return 1;
    default: break;
  }
  int arguments = num_arguments(op->id);
  if (arguments >= 1 && !strip->is_fixed[op->s1]) return 0;
  if (arguments >= 2 && op->s2 != MICRO_IMMEDIATE && !strip->is_fixed[op->s2]) return 0;
  return arguments < 3 || strip->is_fixed[op->s3];
}

static void set_fixed(struct strip *strip, uint32_t k, uint32_t width) {
  const ProgramMicroOp *op = &strip->node->micro_ops[strip->from + k];
  struct strip_value *y = strip->values[k];
  strip->value[k] = y;
  if (op->id == MICRO_F32_CONST || op->id == MICRO_I32_CONST) fill_words(y, op->imm, width);
  else if (op->id == MICRO_I64_CONST) fill_wide(y->l, op->imm, width);
  else if (op->id == MICRO_LOAD) {
    union value x = load_element(strip->node->dtype[1 + op->s1], strip->operand[op->s1], (int64_t)strip->node->operand[op->s1].offset + op->imm);
    if (strip->class[k] == CLASS_I64) fill_wide(y->l, x.l, width);
    else fill_words(y, x.i, width);
  } else strip->value[k] = strip_compute(strip, k, width);
}

// Room for a value. INVARIANT: the library makes no chain that needs more (engineChains.ts).
static struct strip_value *take_value(struct scratch *scratch, int is_wide) {
  struct strip_value *value = (struct strip_value *)(scratch->values + scratch->value_bytes);
  scratch->value_bytes += (is_wide ? sizeof value->l : sizeof value->i) + VALUE_GAP;
  return value;
}

static void begin(struct strip *strip, const struct command *command, uint32_t from, enum value_class acc_class, struct scratch *scratch) {
  const ProgramNode *node = command->node;
  uint32_t count = node->num_micro_ops - from, width = round_up(min_u32(node_elements(node), STRIP), 4);
  strip->node = node;
  for (uint32_t w = 0; w < 3; w++) {
    strip->operand[w] = command->operand[w];
    strip->chained[w] = command->chained[w];
  }
  strip->out = command->out;
  strip->scratch = scratch;
  strip->from = from;
  strip->to = node->num_micro_ops;
  strip->acc_class = acc_class;
  if (width == 0) return;
  merge_dims(strip);
  for (uint32_t k = 0; k < count; k++) {
    const ProgramMicroOp *op = &node->micro_ops[from + k];
    strip->class[k] = (uint8_t)op_class(strip, op);
    strip->values[k] = take_value(scratch, strip->class[k] == CLASS_I64);
    if (num_arguments(op->id) == 2 && op->s2 == MICRO_IMMEDIATE) {
      strip->immediates[k] = take_value(scratch, has_wide_arguments(op->id));
      if (has_wide_arguments(op->id)) fill_wide(strip->immediates[k]->l, op->imm, width);
      else fill_words(strip->immediates[k], op->imm, width);
    }
    strip->is_fixed[k] = (uint8_t)is_fixed(strip, op);
    if (strip->is_fixed[k]) set_fixed(strip, k, width);
  }
}

struct strip *strip_begin(const struct command *command, uint32_t from, enum value_class acc_class, struct scratch *scratch) {
  if (scratch->begun == command) return scratch->strips;
  scratch->begun = command;
  scratch->strips[0].code = command->strips;
  if (command->strips != 0) return scratch->strips;
  scratch->value_bytes = 0;
  for (uint32_t k = 0; k <= command->num_followers; k++) {
    struct strip *strip = &scratch->strips[k];
    strip->number = k;
    strip->num_followers = command->num_followers - k;
    begin(strip, command + k, k == 0 ? from : 0, k == 0 ? acc_class : CLASS_I32, scratch);
  }
  return scratch->strips;
}

// Whether values in memory are as they are computed, but for NaNs, which no micro-op looks into.
static int is_as_computed(uint32_t dtype) { return dtype_bytes(dtype) >= 4; }

static void run_one(struct strip *strip, uint32_t first, uint32_t count, const void *acc) {
  const void *last = acc;
  for (uint32_t k = 0; k < strip->to - strip->from; k++) {
    if (!strip->is_fixed[k]) {
      const ProgramMicroOp *op = &strip->node->micro_ops[strip->from + k];
      struct strip_value *y = strip->values[k];
      if (op->id == MICRO_LOAD) strip->value[k] = strip_load(strip, op, first, count, y);
      else if (op->id == MICRO_ACC) strip->value[k] = acc;
      else if (op->id == MICRO_INDEX) {
        strip_index(strip, op, first, count, y->i);
        strip->value[k] = y;
      } else strip->value[k] = strip_compute(strip, k, count);
    }
    last = strip->value[k];
  }
  uint32_t dtype = strip->node->dtype[0];
  strip->result = last;
  if (strip->out == 0 && is_as_computed(dtype)) return;
  void *place = strip->out == 0 ? strip->stored.i : (void *)((uint8_t *)strip->out + first * dtype_bytes(dtype));
  strip_store(dtype, last, count, place);
  if (!is_as_computed(dtype)) strip->result = place;
}

static void run_followers(struct strip *strip, uint32_t first, uint32_t count) {
  for (uint32_t k = 1; k <= strip->num_followers; k++) run_one(strip + k, first, count, 0);
}

void strip_run(struct strip *strip, uint32_t first, uint32_t count, const void *acc) {
  if (strip->code != 0) {
    strip->code(first, count, acc);
    return;
  }
  run_one(strip, first, count, acc);
  run_followers(strip, first, count);
}

void strip_follow(struct strip *strip, uint32_t first, uint32_t count) {
  strip->result = strip->stored.i;
  run_followers(strip, first, count);
}
