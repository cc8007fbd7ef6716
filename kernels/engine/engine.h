// The portable engine: whole programs in WebAssembly with SIMD and threads over one memory, with the bits of program_block.
// The library writes a plan of commands into the memory (packages/opml/src/engine); every thread then walks it.
#ifndef OPML_ENGINE_H
#define OPML_ENGINE_H

#include "program.h"

// Elements that the micro-ops take at a time.
enum { STRIP = 256 };

struct command;
struct scratch;

// The code that the library makes for a chain (stripCode.ts): what strip_run does.
typedef void strip_fn(uint32_t first, uint32_t count, const void *acc);

// Does parts first ... last - 1 of a command's `num_parts`.
typedef void kernel_fn(const struct command *command, uint32_t first, uint32_t last, struct scratch *scratch);

// One node of the plan. The library writes the first part, engine_prepare the second; fields at these offsets are known to enginePlan.ts.
struct command {
  const ProgramNode *node;
  const void *operand[3];
  void *out;               // 0: followers alone read it, strip by strip
  void *packed;            // of packed_bytes, for what the kernel makes of a constant operand
  uint32_t constants;      // bit i: operand i is a constant
  uint32_t packed_bytes;   // out
  uint32_t packed_operand; // out: the operand that only the packed form is read of, or 3
  uint32_t has_strips;     // out: 1 if the output is made by strip_run, 2 if by strip_follow: commands can follow it strip by strip; or 0
  uint32_t num_followers;  // the next commands, Maps of as many elements, that run on each strip of this one; their kernels do not
  uint8_t chained[4];      // of a follower, for each operand: 1 + number of the member of its chain that it is the output of, or 0
  strip_fn *strips;        // 0: micro-ops are interpreted
  kernel_fn *kernel;       // out
  void (*pack)(struct command *command);       // out: writes `packed`
  uint32_t num_parts;      // out
  uint32_t part_cost;      // out: about the multiply-adds of a part
  uint32_t shape[16];      // out: what the kernel wants to remember
};

// What a thread needs for itself; the library hands over SCRATCH_BYTES for each.
enum { SCRATCH_BYTES = 1 << 20, PANEL_FLOATS = 1 << 17 /* half of a second-level cache */, ACC_FLOATS = 64 * STRIP };

struct strip_value {
  union {
    float f[STRIP];
    int32_t i[STRIP];
    int64_t l[STRIP];
  };
};

// The micro-ops of a node on strips of its output, by strip_begin.
enum { MAX_DIMS = RANK };

struct strip {
  strip_fn *code; // or 0; then all else is of no matter
  const ProgramNode *node;
  const void *operand[3];
  void *out; // 0: not stored
  struct scratch *scratch;
  uint32_t from, to; // micro-ops
  enum value_class acc_class;
  uint32_t number, num_followers; // place in the chain, members after it
  uint32_t num_dims;              // the output's dims, merged where every view allows it; innermost last
  uint32_t dims[MAX_DIMS];
  int32_t strides[3][MAX_DIMS];
  uint8_t is_linear[3], chained[3]; // the operand's elements lie as the output's; command.chained
  uint8_t class[PROGRAM_MAX_MICRO_OPS];
  uint8_t is_fixed[PROGRAM_MAX_MICRO_OPS]; // the same for every element: computed once
  const void *value[PROGRAM_MAX_MICRO_OPS];
  struct strip_value *values[PROGRAM_MAX_MICRO_OPS], *immediates[PROGRAM_MAX_MICRO_OPS]; // of narrow classes the first half alone
  const void *result; // of the last strip, as followers load it
  struct strip_value stored;
};

// Values lie close, so that a chain's fit in a first-level cache, and on different lines of its sets.
enum { MAX_CHAIN = 8, MAX_CHAIN_VALUES = 128 /* micro-ops, and those with an immediate once more */, VALUE_GAP = 64 };

struct scratch {
  _Alignas(64) uint8_t values[MAX_CHAIN_VALUES * (sizeof(struct strip_value) + VALUE_GAP)];
  struct strip strips[MAX_CHAIN];
  uint32_t value_bytes;        // taken
  const struct command *begun; // whose strips are set up, in this stage
  float acc[ACC_FLOATS];
  float panels[PANEL_FLOATS];
  int32_t offsets[8192];
  struct block block;
  ProgramNode node;
};

_Static_assert(sizeof(struct scratch) <= SCRATCH_BYTES, "scratch");

// Sets a command's strips up, and its followers', unless this thread has done so in this stage. Micro-ops before `from` are not run.
struct strip *strip_begin(const struct command *command, uint32_t from, enum value_class acc_class, struct scratch *scratch);

// Runs the list on elements first ... first + count - 1 (at most STRIP) of the output, acc being theirs, stores them, and lets the
// followers do so. acc, like every tensor (arena.ts), has room for reads up to the next multiple of 16 elements.
void strip_run(struct strip *strip, uint32_t first, uint32_t count, const void *acc);

// Has the followers run on such elements, which lie in strip->stored as in memory.
void strip_follow(struct strip *strip, uint32_t first, uint32_t count);

// y[n] = the micro-op of one f32 argument, id, of x[n]; n a multiple of 4; 0 if it is not known.
int math_array(uint32_t id, float *y, const float *x, uint32_t n);

// z[i] = pow32(x[i], y[i])
void pow32_array(float *z, const float *x, const float *y, uint32_t n);

// Any node, block by block with the sources of the guest.
void prepare_blocks(struct command *command);

// Each sets kernel, parts and packed bytes of a command and returns 1 if it takes the node.
int prepare_map(struct command *command);
int prepare_mat_mul(struct command *command);
int prepare_mat_mul_integer(struct command *command);
int prepare_conv(struct command *command);
int prepare_depthwise(struct command *command);
int prepare_conv_transpose(struct command *command);
int prepare_conv_integer(struct command *command);
int prepare_depthwise_integer(struct command *command);
int prepare_winograd_integer(struct command *command);
int prepare_pool(struct command *command);
int prepare_reduce(struct command *command);
int prepare_reduce_integer(struct command *command);
int prepare_softmax(struct command *command);
int prepare_normalize(struct command *command);
int prepare_gather(struct command *command);
int prepare_gather_table(struct command *command);
int prepare_concat(struct command *command);

enum { NO_OPERAND = 3 };

// A view may repeat a small constant without end: what would pack to more stays with the other kernels.
#define MAX_PACKED_BYTES (1u << 30)

// Asks for `packed` to be made of a constant operand (3: of one that is read as it is, too); 0 if it is too much.
static inline int ask_packed(struct command *command, uint64_t bytes, uint32_t operand, void (*pack)(struct command *command)) {
  if (bytes > MAX_PACKED_BYTES) return 0;
  command->packed_bytes = (uint32_t)bytes;
  command->packed_operand = operand;
  command->pack = pack;
  return 1;
}

static inline uint32_t min_u32(uint32_t a, uint32_t b) { return a < b ? a : b; }
static inline uint32_t round_up(uint32_t a, uint32_t to) { return (a + to - 1) / to * to; }
static inline uint32_t node_elements(const ProgramNode *node) { return node->length_bytes / dtype_bytes(node->dtype[0]); }

#endif
