import { decode, type Instruction } from './decode.ts'

/** ABI names of x0 … x31 (RISC-V psABI). */
export const REGISTER_NAMES: readonly string[] =
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'.split(' ')

const hex = (value: number): string => `0x${value.toString(16)}`

function operands(instruction: Instruction, pc: number): string {
  const { row, rd, rs1, rs2, imm } = instruction
  const [d, a, b] = [REGISTER_NAMES[rd], REGISTER_NAMES[rs1], REGISTER_NAMES[rs2]]
  const target = hex((pc + imm) >>> 0)
  switch (row.format) {
    case 'R':
      return `${d}, ${a}, ${b}`
    case 'I':
      return row.mnemonic === 'jalr' ? `${d}, ${imm}(${a})` : `${d}, ${a}, ${imm}`
    case 'shift':
      return `${d}, ${a}, ${imm}`
    case 'load':
      return `${d}, ${imm}(${a})`
    case 'S':
      return `${b}, ${imm}(${a})`
    case 'B':
      return `${a}, ${b}, ${target}`
    case 'U':
      return `${d}, ${hex(imm >>> 12)}`
    case 'J':
      return `${d}, ${target}`
    case 'fence':
    case 'system':
      return ''
  }
}

/**
 * The instruction `word` (unsigned 32 bits) at `pc` as text: mnemonic and operands in assembler order, registers by ABI name,
 * targets of jumps and branches as absolute addresses. `.word 0x…` when no row of the table matches.
 *
 * @example disassemble(0xfff58593, 0) // 'addi a1, a1, -1'
 */
export function disassemble(word: number, pc: number): string {
  const instruction = decode(word)
  if (instruction === undefined) return `.word 0x${(word >>> 0).toString(16).padStart(8, '0')}`
  return `${instruction.row.mnemonic} ${operands(instruction, pc)}`.trimEnd()
}
