// The 512-byte record of a node (spec/02-program.md §3), little-endian. Generated from packages/opml/src/graph and
// packages/opml/src/ops by "npm run gen"; do not edit.
#ifndef OPML_PROGRAM_NODE_H
#define OPML_PROGRAM_NODE_H

#include <stddef.h>
#include <stdint.h>

// Limits
enum {
  PROGRAM_VERSION = 1,
  PROGRAM_MAX_ATTRIBUTES = 22,
  PROGRAM_MAX_MICRO_OPS = 24,
};

// Element types; 0 is none
enum {
  DTYPE_F32 = 1,
  DTYPE_F16 = 2,
  DTYPE_BF16 = 3,
  DTYPE_I8 = 4,
  DTYPE_U8 = 5,
  DTYPE_I16 = 6,
  DTYPE_U16 = 7,
  DTYPE_I32 = 8,
  DTYPE_U32 = 9,
  DTYPE_I64 = 10,
  DTYPE_U64 = 11,
  DTYPE_BOOL = 12,
};

// Kinds of references
enum {
  REF_ZERO = 0,
  REF_CONSTANT = 1,
  REF_INPUT = 2,
  REF_NODE = 3,
  REF_PREVIOUS = 4,
  REF_SECTION = 5,
};

// Micro-ops; their meaning is in docs/operators.md
enum {
  MICRO_LOAD = 0,
  MICRO_F32_CONST = 1,
  MICRO_I32_CONST = 2,
  MICRO_I64_CONST = 3,
  MICRO_INDEX = 4,
  MICRO_ACC = 5,
  MICRO_F32_ADD = 16,
  MICRO_F32_SUB = 17,
  MICRO_F32_MUL = 18,
  MICRO_F32_DIV = 19,
  MICRO_F32_MIN = 20,
  MICRO_F32_MAX = 21,
  MICRO_F32_FMOD = 22,
  MICRO_F32_POW = 23,
  MICRO_F32_NEG = 32,
  MICRO_F32_ABS = 33,
  MICRO_F32_SQRT = 34,
  MICRO_F32_FLOOR = 35,
  MICRO_F32_CEIL = 36,
  MICRO_F32_TRUNC = 37,
  MICRO_F32_NEAREST = 38,
  MICRO_F32_F16_ROUND = 39,
  MICRO_F32_BF16_ROUND = 40,
  MICRO_F32_EXP = 48,
  MICRO_F32_LOG = 49,
  MICRO_F32_SIN = 50,
  MICRO_F32_COS = 51,
  MICRO_F32_TAN = 52,
  MICRO_F32_ASIN = 53,
  MICRO_F32_ACOS = 54,
  MICRO_F32_ATAN = 55,
  MICRO_F32_SINH = 56,
  MICRO_F32_COSH = 57,
  MICRO_F32_TANH = 58,
  MICRO_F32_ASINH = 59,
  MICRO_F32_ACOSH = 60,
  MICRO_F32_ATANH = 61,
  MICRO_F32_ERF = 62,
  MICRO_F32_SIGMOID = 63,
  MICRO_F32_LOG1P = 64,
  MICRO_F32_SOFTPLUS = 65,
  MICRO_F32_EQ = 72,
  MICRO_F32_LT = 73,
  MICRO_F32_LE = 74,
  MICRO_F32_SELECT = 80,
  MICRO_I32_SELECT = 81,
  MICRO_I64_SELECT = 82,
  MICRO_I32_ADD = 96,
  MICRO_I32_SUB = 97,
  MICRO_I32_MUL = 98,
  MICRO_I32_DIV_S = 99,
  MICRO_I32_DIV_U = 100,
  MICRO_I32_REM_S = 101,
  MICRO_I32_REM_U = 102,
  MICRO_I32_MIN_S = 103,
  MICRO_I32_MIN_U = 104,
  MICRO_I32_MAX_S = 105,
  MICRO_I32_MAX_U = 106,
  MICRO_I32_AND = 107,
  MICRO_I32_OR = 108,
  MICRO_I32_XOR = 109,
  MICRO_I32_SHL = 110,
  MICRO_I32_SHR_S = 111,
  MICRO_I32_SHR_U = 112,
  MICRO_I32_EQ = 116,
  MICRO_I32_LT_S = 117,
  MICRO_I32_LT_U = 118,
  MICRO_I32_LE_S = 119,
  MICRO_I32_LE_U = 120,
  MICRO_I32_REQUANTIZE = 126,
  MICRO_I64_ADD = 136,
  MICRO_I64_SUB = 137,
  MICRO_I64_MUL = 138,
  MICRO_I64_DIV_S = 139,
  MICRO_I64_DIV_U = 140,
  MICRO_I64_REM_S = 141,
  MICRO_I64_REM_U = 142,
  MICRO_I64_MIN_S = 143,
  MICRO_I64_MIN_U = 144,
  MICRO_I64_MAX_S = 145,
  MICRO_I64_MAX_U = 146,
  MICRO_I64_AND = 147,
  MICRO_I64_OR = 148,
  MICRO_I64_XOR = 149,
  MICRO_I64_SHL = 150,
  MICRO_I64_SHR_S = 151,
  MICRO_I64_SHR_U = 152,
  MICRO_I64_EQ = 156,
  MICRO_I64_LT_S = 157,
  MICRO_I64_LT_U = 158,
  MICRO_I64_LE_S = 159,
  MICRO_I64_LE_U = 160,
  MICRO_I32_TRUNC_SAT_F32_S = 176,
  MICRO_I32_TRUNC_SAT_F32_U = 177,
  MICRO_I64_TRUNC_SAT_F32_S = 178,
  MICRO_I64_TRUNC_SAT_F32_U = 179,
  MICRO_F32_CONVERT_I32_S = 180,
  MICRO_F32_CONVERT_I32_U = 181,
  MICRO_F32_CONVERT_I64_S = 182,
  MICRO_F32_CONVERT_I64_U = 183,
  MICRO_I64_EXTEND_I32_S = 184,
  MICRO_I64_EXTEND_I32_U = 185,
  MICRO_I32_WRAP_I64 = 186,
};

// In ProgramMicroOp.s2: imm is the second argument
enum {
  MICRO_IMMEDIATE = 255,
};

// ProgramNode.opcode
enum {
  OPCODE_MAP = 1,
  OPCODE_MAT_MUL = 2,
  OPCODE_MAT_MUL_INTEGER = 3,
  OPCODE_CONV = 4,
  OPCODE_CONV_INTEGER = 5,
  OPCODE_CONV_TRANSPOSE = 6,
  OPCODE_POOL = 7,
};

// Indices into ProgramNode.attributes
enum {
  ATTRIBUTE_MAT_MUL_K = 0,
  ATTRIBUTE_MAT_MUL_STRIDE_A = 1,
  ATTRIBUTE_MAT_MUL_STRIDE_B = 2,
  ATTRIBUTE_MAT_MUL_INTEGER_K = 0,
  ATTRIBUTE_MAT_MUL_INTEGER_STRIDE_A = 1,
  ATTRIBUTE_MAT_MUL_INTEGER_STRIDE_B = 2,
  ATTRIBUTE_MAT_MUL_INTEGER_ZERO_A = 3,
  ATTRIBUTE_MAT_MUL_INTEGER_ZERO_B = 4,
  ATTRIBUTE_MAT_MUL_INTEGER_ACCUMULATOR = 5,
  ATTRIBUTE_CONV_STRIDE_D = 0,
  ATTRIBUTE_CONV_STRIDE_H = 1,
  ATTRIBUTE_CONV_STRIDE_W = 2,
  ATTRIBUTE_CONV_DILATION_D = 3,
  ATTRIBUTE_CONV_DILATION_H = 4,
  ATTRIBUTE_CONV_DILATION_W = 5,
  ATTRIBUTE_CONV_PAD_D = 6,
  ATTRIBUTE_CONV_PAD_H = 7,
  ATTRIBUTE_CONV_PAD_W = 8,
  ATTRIBUTE_CONV_INTEGER_STRIDE_D = 0,
  ATTRIBUTE_CONV_INTEGER_STRIDE_H = 1,
  ATTRIBUTE_CONV_INTEGER_STRIDE_W = 2,
  ATTRIBUTE_CONV_INTEGER_DILATION_D = 3,
  ATTRIBUTE_CONV_INTEGER_DILATION_H = 4,
  ATTRIBUTE_CONV_INTEGER_DILATION_W = 5,
  ATTRIBUTE_CONV_INTEGER_PAD_D = 6,
  ATTRIBUTE_CONV_INTEGER_PAD_H = 7,
  ATTRIBUTE_CONV_INTEGER_PAD_W = 8,
  ATTRIBUTE_CONV_INTEGER_ZERO_A = 9,
  ATTRIBUTE_CONV_INTEGER_ZERO_B = 10,
  ATTRIBUTE_CONV_INTEGER_ACCUMULATOR = 11,
  ATTRIBUTE_CONV_TRANSPOSE_STRIDE_D = 0,
  ATTRIBUTE_CONV_TRANSPOSE_STRIDE_H = 1,
  ATTRIBUTE_CONV_TRANSPOSE_STRIDE_W = 2,
  ATTRIBUTE_CONV_TRANSPOSE_DILATION_D = 3,
  ATTRIBUTE_CONV_TRANSPOSE_DILATION_H = 4,
  ATTRIBUTE_CONV_TRANSPOSE_DILATION_W = 5,
  ATTRIBUTE_CONV_TRANSPOSE_PAD_D = 6,
  ATTRIBUTE_CONV_TRANSPOSE_PAD_H = 7,
  ATTRIBUTE_CONV_TRANSPOSE_PAD_W = 8,
  ATTRIBUTE_POOL_MODE = 0,
  ATTRIBUTE_POOL_KERNEL_D = 1,
  ATTRIBUTE_POOL_KERNEL_H = 2,
  ATTRIBUTE_POOL_KERNEL_W = 3,
  ATTRIBUTE_POOL_STRIDE_D = 4,
  ATTRIBUTE_POOL_STRIDE_H = 5,
  ATTRIBUTE_POOL_STRIDE_W = 6,
  ATTRIBUTE_POOL_DILATION_D = 7,
  ATTRIBUTE_POOL_DILATION_H = 8,
  ATTRIBUTE_POOL_DILATION_W = 9,
  ATTRIBUTE_POOL_PAD_D = 10,
  ATTRIBUTE_POOL_PAD_H = 11,
  ATTRIBUTE_POOL_PAD_W = 12,
  ATTRIBUTE_POOL_PAD_END_D = 13,
  ATTRIBUTE_POOL_PAD_END_H = 14,
  ATTRIBUTE_POOL_PAD_END_W = 15,
  ATTRIBUTE_POOL_COUNT_PADDING = 16,
  ATTRIBUTE_POOL_NUM_PRE_OPS = 17,
};

typedef struct {
  uint8_t kind; // REF_…
  uint8_t init_kind; // REF_… of the initial value, for REF_PREVIOUS
  uint16_t section; // of REF_SECTION, also as initial value
  uint32_t index; // constant, input or node
  uint32_t init_index; // constant, input or node of the initial value
} ProgramRef;

_Static_assert(sizeof(ProgramRef) == 12, "ProgramRef");
_Static_assert(offsetof(ProgramRef, kind) == 0, "ProgramRef.kind");
_Static_assert(offsetof(ProgramRef, init_kind) == 1, "ProgramRef.init_kind");
_Static_assert(offsetof(ProgramRef, section) == 2, "ProgramRef.section");
_Static_assert(offsetof(ProgramRef, index) == 4, "ProgramRef.index");
_Static_assert(offsetof(ProgramRef, init_index) == 8, "ProgramRef.init_index");

typedef struct {
  uint32_t dims[6]; // right-aligned; of dense operands
  int32_t strides[6]; // in elements, right-aligned, for the dims of the output; of views
  int32_t offset; // in elements; of views
} ProgramOperand;

_Static_assert(sizeof(ProgramOperand) == 52, "ProgramOperand");
_Static_assert(offsetof(ProgramOperand, dims) == 0, "ProgramOperand.dims");
_Static_assert(offsetof(ProgramOperand, strides) == 24, "ProgramOperand.strides");
_Static_assert(offsetof(ProgramOperand, offset) == 48, "ProgramOperand.offset");

typedef struct {
  uint8_t id; // MICRO_…
  uint8_t s1; // first argument; operand of load, dimension of index
  uint8_t s2; // second argument, or MICRO_IMMEDIATE
  uint8_t s3; // third argument
  int32_t imm; // the bits of an f32, an integer, or elements
} ProgramMicroOp;

_Static_assert(sizeof(ProgramMicroOp) == 8, "ProgramMicroOp");
_Static_assert(offsetof(ProgramMicroOp, id) == 0, "ProgramMicroOp.id");
_Static_assert(offsetof(ProgramMicroOp, s1) == 1, "ProgramMicroOp.s1");
_Static_assert(offsetof(ProgramMicroOp, s2) == 2, "ProgramMicroOp.s2");
_Static_assert(offsetof(ProgramMicroOp, s3) == 3, "ProgramMicroOp.s3");
_Static_assert(offsetof(ProgramMicroOp, imm) == 4, "ProgramMicroOp.imm");

typedef struct {
  uint16_t opcode; // OPCODE_…
  uint8_t version; // PROGRAM_VERSION
  uint8_t num_micro_ops; // of both lists together
  uint8_t dtype[4]; // DTYPE_… of out, a, b, c; 0: operand absent
  uint8_t rank[4]; // of out and of dense a, b, c; 0 for views
  uint32_t length_bytes; // of the output
  uint32_t dims[6]; // of the output, right-aligned, missing ones 1
  ProgramRef refs[3]; // where a, b, c come from
  ProgramOperand operand[3]; // how a, b, c are read
  uint32_t attributes[22]; // indexed by ATTRIBUTE_<OPERATOR>_<NAME>
  ProgramMicroOp micro_ops[24]; // value k is that of entry k of its list
} ProgramNode;

_Static_assert(sizeof(ProgramNode) == 512, "ProgramNode");
_Static_assert(offsetof(ProgramNode, opcode) == 0, "ProgramNode.opcode");
_Static_assert(offsetof(ProgramNode, version) == 2, "ProgramNode.version");
_Static_assert(offsetof(ProgramNode, num_micro_ops) == 3, "ProgramNode.num_micro_ops");
_Static_assert(offsetof(ProgramNode, dtype) == 4, "ProgramNode.dtype");
_Static_assert(offsetof(ProgramNode, rank) == 8, "ProgramNode.rank");
_Static_assert(offsetof(ProgramNode, length_bytes) == 12, "ProgramNode.length_bytes");
_Static_assert(offsetof(ProgramNode, dims) == 16, "ProgramNode.dims");
_Static_assert(offsetof(ProgramNode, refs) == 40, "ProgramNode.refs");
_Static_assert(offsetof(ProgramNode, operand) == 76, "ProgramNode.operand");
_Static_assert(offsetof(ProgramNode, attributes) == 232, "ProgramNode.attributes");
_Static_assert(offsetof(ProgramNode, micro_ops) == 320, "ProgramNode.micro_ops");

#endif
