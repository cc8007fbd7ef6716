import type { Execute } from './execute.ts'
import { type InstructionFormat, ISA, type IsaRow } from './isa.ts'

/** A decoded instruction word. Fields that its format does not have are 0. */
export interface Instruction {
  readonly row: IsaRow
  readonly word: number
  readonly rd: number
  readonly rs1: number
  readonly rs2: number
  /** Sign-extended immediate as a signed 32-bit number; the amount 0 to 31 for shifts. */
  readonly imm: number
  /** `row.execute`, here to save the interpreter an indirection. */
  readonly execute: Execute
}

/** Rows by opcode and funct3 (`word & 0x707f`, packed to 10 bits): at most a handful apply to one key. */
const ROWS_BY_KEY: readonly (readonly IsaRow[])[] = Array.from({ length: 1024 }, (_, key) => {
  const fixed = (key & 0x7f) | ((key >>> 7) << 12)
  return ISA.filter((row) => ((fixed ^ row.match) & row.mask & 0x707f) === 0)
})

/** The immediate of `word` in `format`: sign-extended, 0 for formats without one. */
export function immediateOf(word: number, format: InstructionFormat): number {
  const signed = word | 0
  switch (format) {
    case 'I':
    case 'load':
      return signed >> 20
    case 'shift':
      return (word >>> 20) & 31
    case 'S':
      return ((signed >> 25) << 5) | ((word >>> 7) & 31)
    case 'B':
      return (
        ((signed >> 31) << 12) | (((word >>> 7) & 1) << 11) | (((word >>> 25) & 63) << 5) | (((word >>> 8) & 15) << 1)
      )
    case 'U':
      return signed & ~0xfff
    case 'J':
      return ((signed >> 31) << 20) | (word & 0xff000) | (((word >>> 20) & 1) << 11) | (((word >>> 21) & 1023) << 1)
    case 'R':
    case 'fence':
    case 'system':
      return 0
  }
}

const HAS_RD = new Set<InstructionFormat>(['R', 'I', 'load', 'shift', 'U', 'J'])
const HAS_RS1 = new Set<InstructionFormat>(['R', 'I', 'load', 'shift', 'S', 'B'])
const HAS_RS2 = new Set<InstructionFormat>(['R', 'S', 'B'])

/**
 * The instruction that `word` (unsigned 32 bits) encodes; undefined when no row of the table matches, which is an illegal
 * instruction (spec/04 §3).
 */
export function decode(word: number): Instruction | undefined {
  const rows = ROWS_BY_KEY[(word & 0x7f) | (((word >>> 12) & 7) << 7)]
  const row = rows.find((candidate) => (word & candidate.mask) >>> 0 === candidate.match)
  if (row === undefined) return undefined
  const { format, execute } = row
  return {
    row,
    word,
    rd: HAS_RD.has(format) ? (word >>> 7) & 31 : 0,
    rs1: HAS_RS1.has(format) ? (word >>> 15) & 31 : 0,
    rs2: HAS_RS2.has(format) ? (word >>> 20) & 31 : 0,
    imm: immediateOf(word, format),
    execute,
  }
}
