import type { MachineImage } from './machine.ts'

// Encodings of the few instructions that the example uses (RISC-V manual, chapter 24); registers by number.
const iType = (opcode: number, funct3: number, rd: number, rs1: number, imm: number) =>
  ((imm & 0xfff) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode
const lui = (rd: number, upper: number) => (upper << 12) | (rd << 7) | 0x37
const addi = (rd: number, rs1: number, imm: number) => iType(0x13, 0, rd, rs1, imm)
const lw = (rd: number, rs1: number, imm: number) => iType(0x03, 2, rd, rs1, imm)
const add = (rd: number, rs1: number, rs2: number) => (rs2 << 20) | (rs1 << 15) | (rd << 7) | 0x33
const sw = (rs2: number, rs1: number, imm: number) =>
  ((imm >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (2 << 12) | ((imm & 31) << 7) | 0x23
const bneBack = (rs1: number, rs2: number, bytesBack: number) => {
  const imm = -bytesBack
  const high = (((imm >> 12) & 1) << 31) | (((imm >> 5) & 63) << 25)
  return high | (rs2 << 20) | (rs1 << 15) | (1 << 12) | (((imm >> 1) & 15) << 8) | (((imm >> 11) & 1) << 7) | 0x63
}
const ECALL = 0x73

/** How the example ends. */
export interface ExampleEnding {
  /** Rounds of its loop, 1 to 2047; five instructions each. */
  readonly rounds: number
  /** Value of a0 at the end; 0 by default. */
  readonly exitCode?: number
  /** The length word it writes, −2048 to 2047; 4 by default. */
  readonly outputLength?: number
  /** Value of a7 at the end; 93 (exit) by default, anything else traps. */
  readonly systemCall?: number
}

/** Steps of {@link exampleImage} to its halt: 7 before the loop, 5 a round, 6 after it. */
export function exampleSteps(rounds: number): number {
  return 13 + 5 * rounds
}

/** Start of the example's data: one word every 100 bytes, so that rounds write to different blocks and pages. */
export const EXAMPLE_DATA = 0x0001_0000
/** Where the example's slots lie; the input slot has height 2, the output slot height 1. */
export const EXAMPLE_SLOTS = { input: { address: 0x4000_0000, height: 2 }, output: { address: 0x8000_0000, height: 1 } }

/**
 * A machine program for tests of traces: adds the first word of its input to a sum, once a round, and stores each partial sum;
 * then writes the sum to the output slot and exits. CODE_END is 128.
 */
export function exampleImage(ending: ExampleEnding): MachineImage {
  const [output, input, term, counter, sum, pointer] = [5, 6, 7, 8, 9, 11]
  const words = [
    lui(output, 0x80000),
    lui(input, 0x40000),
    lw(term, input, 4),
    addi(counter, 0, ending.rounds),
    lui(pointer, EXAMPLE_DATA >>> 12),
    addi(sum, 0, 0),
    addi(0, 0, 0),
    add(sum, sum, term),
    sw(sum, pointer, 0),
    addi(pointer, pointer, 100),
    addi(counter, counter, -1),
    bneBack(counter, 0, 16),
    addi(12, 0, ending.outputLength ?? 4),
    sw(12, output, 0),
    sw(sum, output, 4),
    addi(10, 0, ending.exitCode ?? 0),
    addi(17, 0, ending.systemCall ?? 93),
    ECALL,
  ]
  const bytes = new Uint8Array(128)
  const view = new DataView(bytes.buffer)
  words.forEach((word, i) => view.setUint32(4 * i, word >>> 0, true))
  return { segments: [{ address: 0, bytes }], entry: 0, codeEnd: 128, ...EXAMPLE_SLOTS }
}
