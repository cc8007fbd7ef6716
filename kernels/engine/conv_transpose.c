// ConvTranspose with constant filters. Outputs whose coordinates leave the same remainders by the strides have the same taps: each such
// phase is a product of filters [oc, terms] and pixels [terms, outputs], where neighbouring outputs of a row read neighbouring inputs.
//
// Terms that reach no input take no part; here they are a zero times a finite weight, which changes no sum. With a weight that is not
// finite the portable kernel runs instead.
#include <wasm_simd128.h>

#include "gemm.h"

enum { MAX_TAPS = 256, MAX_STRIDE = 8, MAX_ATTRIBUTE = 32768 };

// command->shape
enum { SHAPE_COLUMNS /* outputs of a phase in a part */, SHAPE_SEGMENTS /* parts of an output row */ };

struct transpose {
  const ProgramNode *node;
  const uint32_t *a, *b, *out, *stride, *dilation, *pad; // of D, H, W
  uint32_t channels, taps, rows; // input channels of a group, taps of a filter, its output channels up to a whole tile
};

static struct transpose transpose_of(const ProgramNode *node) {
  const uint32_t *attributes = node->attributes;
  struct transpose t = {
      .node = node, .a = node->operand[0].dims + 3, .b = node->operand[1].dims + 3, .out = node->dims + 3,
      .stride = attributes + ATTRIBUTE_CONV_TRANSPOSE_STRIDE_D, .dilation = attributes + ATTRIBUTE_CONV_TRANSPOSE_DILATION_D,
      .pad = attributes + ATTRIBUTE_CONV_TRANSPOSE_PAD_D,
  };
  t.channels = node->operand[0].dims[2] / node->dims[1];
  t.taps = t.b[0] * t.b[1] * t.b[2];
  t.rows = round_up(node->dims[2], TILE_ROWS);
  return t;
}

// The taps of one phase, ascending, and how many terms come before it in the packed filters.
struct phase {
  uint32_t num_taps, depth, terms_before;
  uint16_t tap[MAX_TAPS], at[3][MAX_TAPS]; // number, kd, kh, kw
  uint32_t counts[NUM_LANES];
};

static void phase_of(const struct transpose *t, const uint32_t rest[3], struct phase *phase) {
  uint32_t number = (rest[0] * t->stride[1] + rest[1]) * t->stride[2] + rest[2], before = 0, tap = 0;
  phase->num_taps = 0;
  for (uint32_t kd = 0; kd < t->b[0]; kd++)
    for (uint32_t kh = 0; kh < t->b[1]; kh++)
      for (uint32_t kw = 0; kw < t->b[2]; kw++, tap++) {
        uint32_t d = kd * t->dilation[0] % t->stride[0], h = kh * t->dilation[1] % t->stride[1], w = kw * t->dilation[2] % t->stride[2];
        uint32_t of_tap = (d * t->stride[1] + h) * t->stride[2] + w, n = phase->num_taps;
        if (of_tap < number) before++;
        if (of_tap != number) continue;
        phase->tap[n] = (uint16_t)tap;
        phase->at[0][n] = (uint16_t)kd;
        phase->at[1][n] = (uint16_t)kh;
        phase->at[2][n] = (uint16_t)kw;
        phase->num_taps++;
      }
  phase->depth = t->channels * phase->num_taps;
  phase->terms_before = t->channels * before;
  for (uint32_t l = 0; l < NUM_LANES; l++) phase->counts[l] = 0;
  for (uint32_t ic = 0; ic < t->channels; ic++)
    for (uint32_t i = 0; i < phase->num_taps; i++) phase->counts[(ic * t->taps + phase->tap[i]) % NUM_LANES]++;
}

// ---- filters: for each group and phase, panels of 4 output channels

static int pack_phase(const struct transpose *t, const struct phase *phase, const struct command *command, uint32_t group, float *panels) {
  int is_finite = 1;
  for (uint32_t row = 0; row < t->rows; row += TILE_ROWS, panels += TILE_ROWS * phase->depth) {
    uint32_t next[NUM_LANES];
    lane_starts(phase->counts, next);
    for (uint32_t ic = 0; ic < t->channels; ic++)
      for (uint32_t i = 0; i < phase->num_taps; i++) {
        float *place = panels + next[(ic * t->taps + phase->tap[i]) % NUM_LANES]++ * TILE_ROWS;
        for (uint32_t r = 0; r < TILE_ROWS; r++) {
          uint32_t oc = row + r, at = ((group * t->channels + ic) * t->node->dims[2] + oc) * t->taps + phase->tap[i];
          place[r] = oc < t->node->dims[2] ? load_element(t->node->dtype[2], command->operand[1], at).f : 0.0f;
          if (!f32_is_finite(place[r])) is_finite = 0;
        }
      }
  }
  return is_finite;
}

static void pack_filters(struct command *command) {
  struct transpose t = transpose_of(command->node);
  struct phase phase;
  float *packed = command->packed;
  int is_finite = 1;
  for (uint32_t g = 0; g < command->node->dims[1]; g++)
    for (uint32_t d = 0; d < t.stride[0]; d++)
      for (uint32_t h = 0; h < t.stride[1]; h++)
        for (uint32_t w = 0; w < t.stride[2]; w++) {
          phase_of(&t, (uint32_t[3]){d, h, w}, &phase);
          is_finite &= pack_phase(&t, &phase, command, g, packed);
          packed += t.rows * phase.depth;
        }
  if (!is_finite) prepare_blocks(command);
}

// ---- a part: some columns of an output row, all output channels of a group

struct part {
  const float *input; // of the image and group
  uint32_t d, h, first, width; // output columns first ... first + width - 1
};

// Panels of 8 outputs of a phase, the first at output column `column`.
static void pack_columns(const struct transpose *t, const struct phase *phase, const struct part *part, uint32_t column, uint32_t count, int32_t *places, float *panels) {
  int32_t row[MAX_TAPS], position[MAX_TAPS]; // row of an input channel under a tap, or -1; input column of output `column`
  for (uint32_t i = 0; i < phase->num_taps; i++) {
    int32_t from[3] = {(int32_t)(part->d + t->pad[0]), (int32_t)(part->h + t->pad[1]), (int32_t)(column + t->pad[2])};
    for (uint32_t axis = 0; axis < 3; axis++) from[axis] = (from[axis] - (int32_t)(phase->at[axis][i] * t->dilation[axis])) / (int32_t)t->stride[axis];
    row[i] = (uint32_t)from[0] < t->a[0] && (uint32_t)from[1] < t->a[1] ? (int32_t)((uint32_t)from[0] * t->a[1] + (uint32_t)from[1]) : -1;
    position[i] = from[2];
  }
  uint32_t next[NUM_LANES], width = t->a[2], plane = t->a[0] * t->a[1] * width;
  lane_starts(phase->counts, next);
  for (uint32_t ic = 0; ic < t->channels; ic++)
    for (uint32_t i = 0; i < phase->num_taps; i++) places[i * t->channels + ic] = (int32_t)(next[(ic * t->taps + phase->tap[i]) % NUM_LANES]++ * TILE_COLS);
  for (uint32_t j = 0; j < count; j += TILE_COLS, panels += TILE_COLS * phase->depth)
    for (uint32_t i = 0; i < phase->num_taps; i++) {
      const int32_t *place = places + i * t->channels, *end = place + t->channels;
      int32_t at = position[i] + (int32_t)j;
      const float *x = part->input + row[i] * (int32_t)width + at;
      if (row[i] >= 0 && at >= 0 && (uint32_t)at + TILE_COLS <= width) {
        for (; place < end; place++, x += plane) {
          wasm_v128_store(panels + *place, wasm_v128_load(x));
          wasm_v128_store(panels + *place + 4, wasm_v128_load(x + 4));
        }
      } else {
        for (; place < end; place++, x += plane)
          for (uint32_t e = 0; e < TILE_COLS; e++) panels[*place + (int32_t)e] = row[i] >= 0 && (uint32_t)(at + (int32_t)e) < width ? x[e] : 0.0f;
      }
    }
}

// out[c stride + phase] = tiles[phase][c], `width` of them at most.
static void interleave(const float *const *tiles, uint32_t stride, uint32_t width, float *out) {
  if (stride == 1 && width >= TILE_COLS) {
    wasm_v128_store(out, wasm_v128_load(tiles[0]));
    wasm_v128_store(out + 4, wasm_v128_load(tiles[0] + 4));
  } else if (stride == 2 && width >= 2 * TILE_COLS) {
    for (uint32_t c = 0; c < TILE_COLS; c += 4) {
      v128_t even = wasm_v128_load(tiles[0] + c), odd = wasm_v128_load(tiles[1] + c);
      wasm_v128_store(out + 2 * c, wasm_i32x4_shuffle(even, odd, 0, 4, 1, 5));
      wasm_v128_store(out + 2 * c + 4, wasm_i32x4_shuffle(even, odd, 2, 6, 3, 7));
    }
  } else {
    for (uint32_t i = 0; i < min_u32(width, TILE_COLS * stride); i++) out[i] = tiles[i % stride][i / stride];
  }
}

static void run_part(const struct transpose *t, const struct part *part, const float *filters, uint32_t out_first, struct strip *strip, struct scratch *scratch) {
  struct phase phase[MAX_STRIDE];
  struct tile_lanes lanes[MAX_STRIDE];
  float *panels[MAX_STRIDE], *next = scratch->panels, tiles[MAX_STRIDE][TILE_ROWS * TILE_COLS] = {0};
  uint32_t count[MAX_STRIDE], stride = t->stride[2];
  for (uint32_t w = 0; w < stride; w++) {
    uint32_t rest[3] = {(part->d + t->pad[0]) % t->stride[0], (part->h + t->pad[1]) % t->stride[1], (part->first + w + t->pad[2]) % stride};
    phase_of(t, rest, &phase[w]);
    lanes[w] = tile_lanes(phase[w].counts);
    panels[w] = next;
    count[w] = w < part->width ? (part->width - w + stride - 1) / stride : 0;
    pack_columns(t, &phase[w], part, part->first + w, count[w], scratch->offsets, next);
    next += round_up(count[w], TILE_COLS) * phase[w].depth;
  }
  uint32_t out_plane = t->out[0] * t->out[1] * t->out[2];
  for (uint32_t row = 0; row < t->rows; row += TILE_ROWS) {
    uint32_t num_rows = min_u32(TILE_ROWS, t->node->dims[2] - row);
    for (uint32_t j = 0; j < count[0]; j += TILE_COLS) {
      for (uint32_t w = 0; w < stride; w++) {
        if (j >= count[w]) continue;
        const float *rows = filters + t->rows * phase[w].terms_before + row * phase[w].depth, *cols = panels[w] + j * phase[w].depth;
        if (num_rows == 1) gemm_row(rows, cols, &lanes[w], tiles[w]);
        else gemm_tile(rows, cols, &lanes[w], tiles[w], TILE_COLS);
      }
      for (uint32_t r = 0; r < num_rows; r++) {
        const float *row_tiles[MAX_STRIDE];
        for (uint32_t w = 0; w < stride; w++) row_tiles[w] = tiles[w] + r * TILE_COLS;
        interleave(row_tiles, stride, part->width - j * stride, scratch->acc + r * part->width + j * stride);
      }
    }
    for (uint32_t r = 0; r < num_rows; r++)
      for (uint32_t e = 0; e < part->width; e += STRIP)
        strip_run(strip, out_first + (row + r) * out_plane + e, min_u32(part->width - e, STRIP), scratch->acc + r * part->width + e);
  }
}

static void run_conv_transpose(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch) {
  struct transpose t = transpose_of(command->node);
  uint32_t width = command->shape[SHAPE_COLUMNS] * t.stride[2], segments = command->shape[SHAPE_SEGMENTS], batch_rows = t.out[0] * t.out[1];
  struct strip *strip = strip_begin(command, 0, CLASS_F32, scratch);
  for (uint32_t i = first; i < last; i++) {
    uint32_t row = i / segments, batch = row / batch_rows, group = batch % command->node->dims[1];
    struct part part = {.d = row % batch_rows / t.out[1], .h = row % t.out[1], .first = i % segments * width};
    part.width = min_u32(t.out[2] - part.first, width);
    part.input = (const float *)command->operand[0] + batch * t.channels * t.a[0] * t.a[1] * t.a[2];
    uint32_t out_first = (batch * command->node->dims[2] * batch_rows + row % batch_rows) * t.out[2] + part.first;
    run_part(&t, &part, (const float *)command->packed + group * t.rows * t.channels * t.taps, out_first, strip, scratch);
  }
}

int prepare_conv_transpose(struct command *command) {
  const ProgramNode *node = command->node;
  if ((command->constants & 2) == 0 || node->dtype[1] != DTYPE_F32 || node_elements(node) == 0) return 0;
  struct transpose t = transpose_of(node);
  for (uint32_t axis = 0; axis < 3; axis++)
    if (t.stride[axis] > MAX_STRIDE || t.dilation[axis] > MAX_ATTRIBUTE || t.pad[axis] > MAX_ATTRIBUTE || t.b[axis] > MAX_TAPS) return 0;
  if (t.channels == 0 || t.taps == 0 || t.taps > MAX_TAPS || t.a[0] * t.a[1] * t.a[2] == 0) return 0;
  // Panels of a part hold at most channels * taps terms for each output of a phase.
  uint32_t columns = round_up((t.out[2] + t.stride[2] - 1) / t.stride[2], TILE_COLS);
  while (columns > TILE_COLS && (columns * t.stride[2] * TILE_ROWS > ACC_FLOATS || (uint64_t)columns * t.channels * t.taps > PANEL_FLOATS / 2))
    columns = round_up(columns / 2, TILE_COLS);
  if ((uint64_t)columns * t.channels * t.taps > PANEL_FLOATS / 2) return 0;
  command->shape[SHAPE_COLUMNS] = columns;
  command->shape[SHAPE_SEGMENTS] = (t.out[2] + columns * t.stride[2] - 1) / (columns * t.stride[2]);
  if (!ask_packed(command, (uint64_t)node->dims[1] * t.rows * t.channels * t.taps * 4, NO_OPERAND, pack_filters)) return 0;
  command->kernel = run_conv_transpose;
  command->num_parts = node->dims[0] * node->dims[1] * t.out[0] * t.out[1] * command->shape[SHAPE_SEGMENTS];
  command->part_cost = columns * node->dims[2] * t.channels * t.taps / (t.stride[0] * t.stride[1]);
  return 1;
}
