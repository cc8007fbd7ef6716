import {
  branch,
  div,
  divu,
  type Execute,
  ecall,
  link,
  load,
  mulh,
  mulhsu,
  mulhu,
  rs1,
  rs2,
  setRd,
  rem,
  remu,
  store,
} from './execute.ts'
import { HaltPc } from './state.ts'

/** Shape of an instruction word; `shift` is I with a 5-bit amount, `fence` and `system` have no operands. */
export type InstructionFormat = 'R' | 'I' | 'load' | 'shift' | 'S' | 'B' | 'U' | 'J' | 'fence' | 'system'

/** One row of the instruction table: `word & mask === match` decides that the row applies. */
export interface IsaRow {
  readonly mnemonic: string
  readonly format: InstructionFormat
  /** Unsigned 32-bit word. */
  readonly mask: number
  /** Unsigned 32-bit word. */
  readonly match: number
  readonly execute: Execute
  /** Meaning in one line, for the generated reference. */
  readonly meaning: string
}

const MASK_OPCODE = 0x0000007f
const MASK_FUNCT3 = 0x0000707f
const MASK_FUNCT7 = 0xfe00707f
const MASK_ALL = 0xffffffff

/** Makes the rows of one opcode that differ in funct3. */
function rowsOf(format: InstructionFormat, opcode: number) {
  return (mnemonic: string, funct3: number, execute: Execute, meaning: string): IsaRow => {
    return { mnemonic, format, mask: MASK_FUNCT3, match: (funct3 << 12) | opcode, execute, meaning }
  }
}

/** Makes the rows of one opcode that differ in funct7 and funct3. */
function rowsWithFunct7(format: InstructionFormat, opcode: number) {
  return (mnemonic: string, funct7: number, funct3: number, execute: Execute, meaning: string): IsaRow => {
    return { mnemonic, format, mask: MASK_FUNCT7, match: (funct7 << 25) | (funct3 << 12) | opcode, execute, meaning }
  }
}

function wide(mnemonic: string, format: 'U' | 'J', opcode: number, execute: Execute, meaning: string): IsaRow {
  return { mnemonic, format, mask: MASK_OPCODE, match: opcode, execute, meaning }
}

function system(mnemonic: string, match: number, execute: Execute, meaning: string): IsaRow {
  return { mnemonic, format: 'system', mask: MASK_ALL, match, execute, meaning }
}

const b = rowsOf('B', 0x63)
const l = rowsOf('load', 0x03)
const s = rowsOf('S', 0x23)
const i = rowsOf('I', 0x13)
const shift = rowsWithFunct7('shift', 0x13)
const r = rowsWithFunct7('R', 0x33)

/**
 * The instructions of the referee machine, RV32IM, 48 rows in the order of spec/04 §4. No two rows match the same word.
 *
 * In the rows `m` is the state and `k` the decoded instruction. The expressions stand in the rows themselves, not behind one
 * shared function, so that each row is compiled for itself.
 * Decoder, disassembler, `docs/isa.md`, the contract's masks and the list behind `vectors/isa` come from it.
 * @see The RISC-V Instruction Set Manual, Volume I: RV32I 2.1, M 2.0
 */
export const ISA: readonly IsaRow[] = [
  wide('lui', 'U', 0x37, (m, k, pc) => setRd(m, k, pc, k.imm), 'rd ← imm'),
  wide('auipc', 'U', 0x17, (m, k, pc) => setRd(m, k, pc, pc + k.imm), 'rd ← pc + imm'),
  wide('jal', 'J', 0x6f, (m, k, pc) => link(m, k, pc, (pc + k.imm) >>> 0), 'rd ← pc + 4; pc ← pc + imm'),
  rowsOf('I', 0x67)(
    'jalr',
    0,
    (m, k, pc) => link(m, k, pc, ((rs1(m, k) + k.imm) & ~1) >>> 0),
    'rd ← pc + 4; pc ← (rs1 + imm) with bit 0 cleared',
  ),
  b('beq', 0, (m, k, pc) => branch(m, k, pc, rs1(m, k) === rs2(m, k)), 'if rs1 = rs2: pc ← pc + imm'),
  b('bne', 1, (m, k, pc) => branch(m, k, pc, rs1(m, k) !== rs2(m, k)), 'if rs1 ≠ rs2: pc ← pc + imm'),
  b('blt', 4, (m, k, pc) => branch(m, k, pc, rs1(m, k) < rs2(m, k)), 'if rs1 < rs2, signed: pc ← pc + imm'),
  b('bge', 5, (m, k, pc) => branch(m, k, pc, rs1(m, k) >= rs2(m, k)), 'if rs1 ≥ rs2, signed: pc ← pc + imm'),
  b(
    'bltu',
    6,
    (m, k, pc) => branch(m, k, pc, rs1(m, k) >>> 0 < rs2(m, k) >>> 0),
    'if rs1 < rs2, unsigned: pc ← pc + imm',
  ),
  b(
    'bgeu',
    7,
    (m, k, pc) => branch(m, k, pc, rs1(m, k) >>> 0 >= rs2(m, k) >>> 0),
    'if rs1 ≥ rs2, unsigned: pc ← pc + imm',
  ),
  l('lb', 0, load(1, 24), 'rd ← the byte at rs1 + imm, sign-extended'),
  l('lh', 1, load(2, 16), 'rd ← the half at rs1 + imm, sign-extended'),
  l('lw', 2, load(4, 0), 'rd ← the word at rs1 + imm'),
  l('lbu', 4, load(1, 0), 'rd ← the byte at rs1 + imm, zero-extended'),
  l('lhu', 5, load(2, 0), 'rd ← the half at rs1 + imm, zero-extended'),
  s('sb', 0, store(1), 'the byte at rs1 + imm ← low byte of rs2'),
  s('sh', 1, store(2), 'the half at rs1 + imm ← low half of rs2'),
  s('sw', 2, store(4), 'the word at rs1 + imm ← rs2'),
  i('addi', 0, (m, k, pc) => setRd(m, k, pc, rs1(m, k) + k.imm), 'rd ← rs1 + imm'),
  i('slti', 2, (m, k, pc) => setRd(m, k, pc, rs1(m, k) < k.imm ? 1 : 0), 'rd ← 1 if rs1 < imm, signed, else 0'),
  i(
    'sltiu',
    3,
    (m, k, pc) => setRd(m, k, pc, rs1(m, k) >>> 0 < k.imm >>> 0 ? 1 : 0),
    'rd ← 1 if rs1 < imm, unsigned, else 0',
  ),
  i('xori', 4, (m, k, pc) => setRd(m, k, pc, rs1(m, k) ^ k.imm), 'rd ← rs1 xor imm'),
  i('ori', 6, (m, k, pc) => setRd(m, k, pc, rs1(m, k) | k.imm), 'rd ← rs1 or imm'),
  i('andi', 7, (m, k, pc) => setRd(m, k, pc, rs1(m, k) & k.imm), 'rd ← rs1 and imm'),
  shift('slli', 0x00, 1, (m, k, pc) => setRd(m, k, pc, rs1(m, k) << k.imm), 'rd ← rs1 << shamt'),
  shift('srli', 0x00, 5, (m, k, pc) => setRd(m, k, pc, rs1(m, k) >>> k.imm), 'rd ← rs1 >> shamt, zeros in'),
  shift('srai', 0x20, 5, (m, k, pc) => setRd(m, k, pc, rs1(m, k) >> k.imm), 'rd ← rs1 >> shamt, sign bits in'),
  r('add', 0x00, 0, (m, k, pc) => setRd(m, k, pc, rs1(m, k) + rs2(m, k)), 'rd ← rs1 + rs2'),
  r('sub', 0x20, 0, (m, k, pc) => setRd(m, k, pc, rs1(m, k) - rs2(m, k)), 'rd ← rs1 − rs2'),
  r('sll', 0x00, 1, (m, k, pc) => setRd(m, k, pc, rs1(m, k) << rs2(m, k)), 'rd ← rs1 << (rs2 mod 32)'),
  r(
    'slt',
    0x00,
    2,
    (m, k, pc) => setRd(m, k, pc, rs1(m, k) < rs2(m, k) ? 1 : 0),
    'rd ← 1 if rs1 < rs2, signed, else 0',
  ),
  r(
    'sltu',
    0x00,
    3,
    (m, k, pc) => setRd(m, k, pc, rs1(m, k) >>> 0 < rs2(m, k) >>> 0 ? 1 : 0),
    'rd ← 1 if rs1 < rs2, unsigned, else 0',
  ),
  r('xor', 0x00, 4, (m, k, pc) => setRd(m, k, pc, rs1(m, k) ^ rs2(m, k)), 'rd ← rs1 xor rs2'),
  r('srl', 0x00, 5, (m, k, pc) => setRd(m, k, pc, rs1(m, k) >>> rs2(m, k)), 'rd ← rs1 >> (rs2 mod 32), zeros in'),
  r('sra', 0x20, 5, (m, k, pc) => setRd(m, k, pc, rs1(m, k) >> rs2(m, k)), 'rd ← rs1 >> (rs2 mod 32), sign bits in'),
  r('or', 0x00, 6, (m, k, pc) => setRd(m, k, pc, rs1(m, k) | rs2(m, k)), 'rd ← rs1 or rs2'),
  r('and', 0x00, 7, (m, k, pc) => setRd(m, k, pc, rs1(m, k) & rs2(m, k)), 'rd ← rs1 and rs2'),
  rowsOf('fence', 0x0f)('fence', 0, (_state, _instruction, pc) => pc + 4, 'nothing'),
  system('ecall', 0x00000073, ecall, 'halt: exit when a7 = 93, else environment call'),
  system('ebreak', 0x00100073, () => HaltPc.breakpoint, 'halt: breakpoint'),
  r('mul', 0x01, 0, (m, k, pc) => setRd(m, k, pc, Math.imul(rs1(m, k), rs2(m, k))), 'rd ← low word of rs1 · rs2'),
  r(
    'mulh',
    0x01,
    1,
    (m, k, pc) => setRd(m, k, pc, mulh(rs1(m, k), rs2(m, k))),
    'rd ← high word of rs1 · rs2, signed · signed',
  ),
  r(
    'mulhsu',
    0x01,
    2,
    (m, k, pc) => setRd(m, k, pc, mulhsu(rs1(m, k), rs2(m, k))),
    'rd ← high word of rs1 · rs2, signed · unsigned',
  ),
  r(
    'mulhu',
    0x01,
    3,
    (m, k, pc) => setRd(m, k, pc, mulhu(rs1(m, k), rs2(m, k))),
    'rd ← high word of rs1 · rs2, unsigned · unsigned',
  ),
  r(
    'div',
    0x01,
    4,
    (m, k, pc) => setRd(m, k, pc, div(rs1(m, k), rs2(m, k))),
    'rd ← rs1 ÷ rs2, signed, towards zero; −1 when rs2 = 0',
  ),
  r(
    'divu',
    0x01,
    5,
    (m, k, pc) => setRd(m, k, pc, divu(rs1(m, k), rs2(m, k))),
    'rd ← rs1 ÷ rs2, unsigned; 2³² − 1 when rs2 = 0',
  ),
  r(
    'rem',
    0x01,
    6,
    (m, k, pc) => setRd(m, k, pc, rem(rs1(m, k), rs2(m, k))),
    'rd ← rs1 mod rs2, sign of rs1; rs1 when rs2 = 0',
  ),
  r(
    'remu',
    0x01,
    7,
    (m, k, pc) => setRd(m, k, pc, remu(rs1(m, k), rs2(m, k))),
    'rd ← rs1 mod rs2, unsigned; rs1 when rs2 = 0',
  ),
]
