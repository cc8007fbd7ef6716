/** Operands of one instruction; what its format does not have is ignored, what is missing counts as 0. */
export interface Operands {
  rd?: number
  rs1?: number
  rs2?: number
  /** Signed; the 20 upper bits as a number 0 to 2^20 − 1 for `lui` and `auipc`; the amount for shifts. */
  imm?: number
}

/** funct3 and funct7 of the instructions on two registers (opcode 0x33), from the tables of the RISC-V manual, chapter 24. */
const REGISTER_OPS: Record<string, readonly [funct3: number, funct7: number]> = {
  add: [0b000, 0b0000000],
  sub: [0b000, 0b0100000],
  sll: [0b001, 0b0000000],
  slt: [0b010, 0b0000000],
  sltu: [0b011, 0b0000000],
  xor: [0b100, 0b0000000],
  srl: [0b101, 0b0000000],
  sra: [0b101, 0b0100000],
  or: [0b110, 0b0000000],
  and: [0b111, 0b0000000],
  mul: [0b000, 0b0000001],
  mulh: [0b001, 0b0000001],
  mulhsu: [0b010, 0b0000001],
  mulhu: [0b011, 0b0000001],
  div: [0b100, 0b0000001],
  divu: [0b101, 0b0000001],
  rem: [0b110, 0b0000001],
  remu: [0b111, 0b0000001],
}
const IMMEDIATE_OPS: Record<string, number> = { addi: 0, slti: 2, sltiu: 3, xori: 4, ori: 6, andi: 7 }
const SHIFT_OPS: Record<string, readonly [funct3: number, funct7: number]> = {
  slli: [1, 0],
  srli: [5, 0],
  srai: [5, 0b0100000],
}
const BRANCH_OPS: Record<string, number> = { beq: 0, bne: 1, blt: 4, bge: 5, bltu: 6, bgeu: 7 }
const LOAD_OPS: Record<string, number> = { lb: 0, lh: 1, lw: 2, lbu: 4, lhu: 5 }
const STORE_OPS: Record<string, number> = { sb: 0, sh: 1, sw: 2 }

/** Mnemonics by the shape of their operands. */
export const MNEMONICS = {
  register: Object.keys(REGISTER_OPS),
  immediate: Object.keys(IMMEDIATE_OPS),
  shift: Object.keys(SHIFT_OPS),
  branch: Object.keys(BRANCH_OPS),
  load: Object.keys(LOAD_OPS),
  store: Object.keys(STORE_OPS),
} as const

/** `value`'s bits `high` to `low`, moved to bit `to` of the word. */
function field(value: number, high: number, low: number, to: number): number {
  return (Math.floor(value / 2 ** low) % 2 ** (high - low + 1)) * 2 ** to
}

/** An immediate modulo 2^32, so that its bits can be taken. */
const bits = (imm: number): number => (imm < 0 ? imm + 2 ** 32 : imm)

function branchWord(funct3: number, rs1: number, rs2: number, imm: number): number {
  const b = bits(imm)
  const high = field(b, 12, 12, 31) + field(b, 10, 5, 25)
  return high + rs2 * 2 ** 20 + rs1 * 2 ** 15 + funct3 * 2 ** 12 + field(b, 4, 1, 8) + field(b, 11, 11, 7) + 0x63
}

function jalWord(rd: number, imm: number): number {
  const b = bits(imm)
  return field(b, 20, 20, 31) + field(b, 10, 1, 21) + field(b, 11, 11, 20) + field(b, 19, 12, 12) + rd * 2 ** 7 + 0x6f
}

function storeWord(funct3: number, rs1: number, rs2: number, imm: number): number {
  const b = bits(imm)
  return field(b, 11, 5, 25) + rs2 * 2 ** 20 + rs1 * 2 ** 15 + funct3 * 2 ** 12 + field(b, 4, 0, 7) + 0x23
}

function iWord(opcode: number, funct3: number, rd: number, rs1: number, imm: number): number {
  return field(bits(imm), 11, 0, 20) + rs1 * 2 ** 15 + funct3 * 2 ** 12 + rd * 2 ** 7 + opcode
}

/** Word of an instruction on two registers or with a shift amount in the place of the second. */
export function rWord(opcode: number, funct3: number, funct7: number, o: Operands): number {
  const { rd = 0, rs1 = 0, rs2 = 0 } = o
  return funct7 * 2 ** 25 + rs2 * 2 ** 20 + rs1 * 2 ** 15 + funct3 * 2 ** 12 + rd * 2 ** 7 + opcode
}

/**
 * The word (unsigned 32 bits) of an RV32IM instruction. Written from the manual's encoding tables with plain arithmetic, apart
 * from the library's table, so that one checks the other.
 *
 * @throws {RangeError} for an unknown mnemonic.
 */
export function assemble(mnemonic: string, operands: Operands = {}): number {
  const { rd = 0, rs1 = 0, rs2 = 0, imm = 0 } = operands
  if (mnemonic in REGISTER_OPS) return rWord(0x33, ...REGISTER_OPS[mnemonic], operands)
  if (mnemonic in SHIFT_OPS) return rWord(0x13, ...SHIFT_OPS[mnemonic], { rd, rs1, rs2: imm })
  if (mnemonic in IMMEDIATE_OPS) return iWord(0x13, IMMEDIATE_OPS[mnemonic], rd, rs1, imm)
  if (mnemonic in LOAD_OPS) return iWord(0x03, LOAD_OPS[mnemonic], rd, rs1, imm)
  if (mnemonic in STORE_OPS) return storeWord(STORE_OPS[mnemonic], rs1, rs2, imm)
  if (mnemonic in BRANCH_OPS) return branchWord(BRANCH_OPS[mnemonic], rs1, rs2, imm)
  switch (mnemonic) {
    case 'lui':
      return imm * 2 ** 12 + rd * 2 ** 7 + 0x37
    case 'auipc':
      return imm * 2 ** 12 + rd * 2 ** 7 + 0x17
    case 'jal':
      return jalWord(rd, imm)
    case 'jalr':
      return iWord(0x67, 0, rd, rs1, imm)
    case 'fence':
      return iWord(0x0f, 0, rd, rs1, imm)
    case 'ecall':
      return 0x00000073
    case 'ebreak':
      return 0x00100073
    default:
      throw new RangeError(`No instruction is called "${mnemonic}".`)
  }
}

/** Two instructions that put any word (unsigned 32 bits) into register `rd`. */
export function loadConstant(rd: number, value: number): [number, number] {
  const low = (((value % 4096) + 2048) % 4096) - 2048
  const high = ((value - low) / 4096) % 2 ** 20
  return [assemble('lui', { rd, imm: high }), assemble('addi', { rd, rs1: rd, imm: low })]
}
