import { readFileSync } from 'node:fs'

/** One machine program of this folder. */
export interface GuestProgram {
  /** Source guest/<name>.c, image guest/images/<name>.elf. */
  readonly name: string
  /** Sizes of the slots: powers of two, at least 128. */
  readonly inputSlotBytes: number
  readonly outputSlotBytes: number
  /** Sources for this program alone: one more object, even unused, may move what the linker takes from libgcc in the others. */
  readonly sources?: readonly string[]
}

/** 1 MiB, the size of a slot that nobody names. */
const DEFAULT_SLOT_BYTES = 1 << 20

/** Kernels that the programs may call; the linker drops what one does not use. */
const KERNEL_SOURCES: readonly string[] = [
  'argmax',
  'dense_f32',
  'dense_i8',
  'f32',
  'relu',
  'requantize',
  'softmax',
].map((name) => `kernels/ops/${name}.c`)

/**
 * What computes one block of a program's node (kernels/programSources.json): the same sources are the guest image's and those of the
 * portable WebAssembly module.
 */
const PROGRAM_KERNEL_SOURCES = JSON.parse(readFileSync('kernels/programSources.json', 'utf8')) as readonly string[]

/** Every program that is built and committed. */
export const GUEST_PROGRAMS: readonly GuestProgram[] = [
  { name: 'mnistF32', inputSlotBytes: 1024, outputSlotBytes: 128 },
  { name: 'mnistInt8', inputSlotBytes: 1024, outputSlotBytes: 128 },
  { name: 'kernels', inputSlotBytes: DEFAULT_SLOT_BYTES, outputSlotBytes: DEFAULT_SLOT_BYTES },
  { name: 'softfloat', inputSlotBytes: DEFAULT_SLOT_BYTES, outputSlotBytes: DEFAULT_SLOT_BYTES },
  {
    name: 'numerics',
    inputSlotBytes: DEFAULT_SLOT_BYTES,
    outputSlotBytes: DEFAULT_SLOT_BYTES,
    sources: ['kernels/math/math_scalar.c'],
  },
  { name: 'sum', inputSlotBytes: DEFAULT_SLOT_BYTES, outputSlotBytes: 128 },
  { name: 'decisionTree', inputSlotBytes: 128, outputSlotBytes: 128 },
  // Not a machine program: one block of one node (spec/02 §9). Its slots are unused.
  {
    name: 'program1',
    inputSlotBytes: 128,
    outputSlotBytes: 128,
    sources: PROGRAM_KERNEL_SOURCES.filter((source) => !KERNEL_SOURCES.includes(source)),
  },
]

/** Sources of a program, in the order in which their objects are linked. */
export function guestSources(program: GuestProgram): readonly string[] {
  return ['guest/crt0.S', 'guest/memory.c', ...KERNEL_SOURCES, `guest/${program.name}.c`, ...(program.sources ?? [])]
}
