import { expect, test } from 'vitest'
import * as errors from './elfErrors.ts'
import * as slotErrors from './slotErrors.ts'

const slot = { address: 0x40000000, height: 13 }

const ALL: readonly errors.ElfError[] = [
  new errors.NotElfError({ firstBytes: [0x23, 0x21, 0x2f, 0x62] }),
  new errors.ElfTruncatedError({ what: 'segment 1', offset: 4096, length: 100, fileBytes: 4000 }),
  new errors.ElfTooLargeError({ fileBytes: 2 ** 28 + 1, limitBytes: 2 ** 28 }),
  new errors.ElfHeaderError({ field: 'e_phentsize', expected: 32, actual: 56 }),
  new errors.ElfClassError(2),
  new errors.ElfByteOrderError(2),
  new errors.ElfMachineError(62),
  new errors.ElfTypeError(3),
  new errors.ElfFlagsError({ flags: 5 }),
  new errors.SegmentSizeError({ segment: 0, fileBytes: 8, memoryBytes: 4 }),
  new errors.SegmentsShareBytesError({ segmentBytes: 200, fileBytes: 100 }),
  new errors.SegmentOutsideMemoryError({ segment: 2, address: 0xfffffff0, memoryBytes: 17 }),
  new errors.SegmentOverlapError({ segments: [0, 1], address: 0x10004 }),
  new errors.NoExecutableSegmentError({ numSegments: 2 }),
  new errors.CodeEndRangeError({ codeEnd: 2 ** 30 + 128, limit: 2 ** 30 }),
  new errors.WritableCodeError({ segment: 1, address: 0x8000, codeEnd: 0x10080 }),
  new errors.EntryError({ entry: 0x10002, codeEnd: 0x10080 }),
  new slotErrors.SlotSymbolError({ symbol: '__opml_input', reason: 'is not absolute' }),
  new slotErrors.SlotSizeError({ slot: 'input', sizeBytes: 384 }),
  new slotErrors.SlotMisalignedError({ name: 'output', slot: { address: 0x40000080, height: 13 } }),
  new slotErrors.SlotInCodeError({ name: 'input', slot: { address: 0, height: 0 }, codeEnd: 0x10080 }),
  new slotErrors.SlotOverlapError({ input: slot, output: slot }),
  new slotErrors.InputSlotNotZeroError({ slot, address: 0x40000010 }),
]

test('error: every class has a name and a code of its own', () => {
  const classes = [...Object.values(errors), ...Object.values(slotErrors)].filter((value) => value !== errors.ElfError)
  expect(ALL.map((error) => error.constructor)).toEqual(expect.arrayContaining(classes))
  expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length)
  expect(new Set(ALL.map(({ code }) => code)).size).toBe(ALL.length)
})

test('error: texts', () => {
  expect(ALL.map((error) => `${error.code}: ${error.message} ${error.suggestion}`)).toMatchInlineSnapshot(`
    [
      "ELF_NOT_ELF: Not an ELF file: it begins with "23 21 2f 62", not "7f 45 4c 46". Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).",
      "ELF_TRUNCATED: The ELF file ends too early: segment 1 is 100 bytes at offset 4096, the file has 4000. Fetch or build the file again; it is cut off or damaged.",
      "ELF_TOO_LARGE: The ELF file has 268435457 bytes, at most 268435456 are read. Strip debugging data, or pass large data in the input slot.",
      "ELF_HEADER: The ELF header has e_phentsize 56, the machine needs 32. Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).",
      "ELF_CLASS: The ELF file is 64-bit. The ELF header has EI_CLASS 2, the machine needs 1. Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).",
      "ELF_BYTE_ORDER: The ELF file is big-endian. The ELF header has EI_DATA 2, the machine needs 1. Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).",
      "ELF_MACHINE: The ELF file is not for RISC-V. The ELF header has e_machine 62, the machine needs 243. Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).",
      "ELF_TYPE: The ELF file is position-independent or shared, not a static executable. The ELF header has e_type 3, the machine needs 2. Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).",
      "ELF_FLAGS: The ELF file uses compressed instructions (RVC) and the double-float ABI (e_flags 0x00000005); the machine has neither. Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).",
      "ELF_SEGMENT_SIZE: Segment 0 has 8 bytes in the file but only 4 in memory. Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).",
      "ELF_SEGMENTS_SHARE_BYTES: The segments have 200 bytes together, more than the file's 100: they share bytes. Change the linker script; spec/04-machine.md §5 says where segments and slots may lie.",
      "ELF_SEGMENT_OUTSIDE_MEMORY: Segment 2, 17 bytes at 0xfffffff0, reaches beyond the memory of 2^32 bytes. Change the linker script; spec/04-machine.md §5 says where segments and slots may lie.",
      "ELF_SEGMENT_OVERLAP: Segments 0 and 1 overlap at 0x00010004. Change the linker script; spec/04-machine.md §5 says where segments and slots may lie.",
      "ELF_NO_CODE: None of the 2 loadable segments of the ELF file is executable. Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).",
      "ELF_CODE_END_RANGE: The code ends at 0x40000080, above the largest CODE_END 0x40000000. Change the linker script; spec/04-machine.md §5 says where segments and slots may lie.",
      "ELF_WRITABLE_CODE: The writable segment 1 at 0x00008000 lies below the end of the code, 0x00010080. Change the linker script; spec/04-machine.md §5 says where segments and slots may lie.",
      "ELF_ENTRY: The entry 0x00010002 is no multiple of 4 below the end of the code, 0x00010080. Set the entry with ENTRY(_start) in the linker script.",
      "ELF_SLOT_SYMBOL: The symbol __opml_input is not absolute. Give __opml_input, __opml_input_size, __opml_output and __opml_output_size as absolute symbols, or none of them (spec/04-machine.md §5).",
      "ELF_SLOT_SIZE: The input slot has 384 bytes, not a power of two from 128 to 2^30. Change the address or the size of the slot in the linker script (spec/03-commitments.md §4).",
      "ELF_SLOT_MISALIGNED: The output slot, 1048576 bytes at 0x40000080, is not aligned to its size. Change the address or the size of the slot in the linker script (spec/03-commitments.md §4).",
      "ELF_SLOT_IN_CODE: The input slot, 128 bytes at 0x00000000, begins below the end of the code, 0x00010080. Change the address or the size of the slot in the linker script (spec/03-commitments.md §4).",
      "ELF_SLOT_OVERLAP: The input slot, 1048576 bytes at 0x40000000, overlaps the output slot at 0x40000000. Change the address or the size of the slot in the linker script (spec/03-commitments.md §4).",
      "ELF_INPUT_SLOT_NOT_ZERO: The input slot, 1048576 bytes at 0x40000000, is not zero in the file: a segment has data at 0x40000010. Change the address or the size of the slot in the linker script (spec/03-commitments.md §4).",
    ]
  `)
})
