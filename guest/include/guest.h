// What a machine program sees: its slots, and (where it has one) its model region.
#ifndef OPML_GUEST_H
#define OPML_GUEST_H

#include <stdint.h>

// A slot is a length word and that many bytes (spec/03 section 2). Addresses come from the linker script.
extern const uint32_t __opml_input[];
extern uint32_t __opml_output[];

// Exit codes that the programs share. Any code but 0 makes the result FAILED.
enum { EXIT_OK = 0, EXIT_BAD_INPUT = 1, EXIT_BAD_MODEL = 2 };

// Reserves the model region: read-only, without bytes in the file until the converter fills it.
#define OPML_MODEL_REGION(bytes)                 \
  __asm__(".section .model, \"a\", @nobits\n"    \
          ".globl __opml_model\n"                \
          "__opml_model: .space " #bytes "\n"    \
          ".size __opml_model, " #bytes "\n"     \
          ".text\n")

// First 64 bytes of a model region; little-endian words.
struct model_header {
  uint32_t magic;    // MODEL_MAGIC, the bytes "OPML"
  uint32_t format;   // MODEL_MLP_F32 or MODEL_MLP_I8
  uint32_t inputs;   // elements of the input
  uint32_t hidden;   // elements of the hidden layer
  uint32_t outputs;  // elements of the output
  int32_t zero_point; // of the hidden layer, in i8 models; else 0
  uint32_t reserved[10];
};

#define MODEL_MAGIC 0x4c4d504fu
enum { MODEL_MLP_F32 = 1, MODEL_MLP_I8 = 2 };

#endif
