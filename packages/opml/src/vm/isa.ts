import type { Instruction } from './decode.ts'
import { type AccessBytes, HaltPc, readRegister, type StateAccess, writeRegister } from './state.ts'

/** Shape of an instruction word; `shift` is I with a 5-bit amount, `fence` and `system` have no operands. */
export type InstructionFormat = 'R' | 'I' | 'load' | 'shift' | 'S' | 'B' | 'U' | 'J' | 'fence' | 'system'

/** Performs an instruction at `pc` and returns the next pc; a trap returns its halted pc and changes nothing else. */
export type Execute = (state: StateAccess, instruction: Instruction, pc: number) => number

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

/** The call number in a7 (x17) with which `ecall` ends the run. */
const ECALL_EXIT = 93

/** Upper 32 bits of the unsigned product, in 16-bit halves: no intermediate value passes 2^32, so doubles are exact. */
function mulhu(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const middle2 = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + (middle >>> 16) + (middle2 >>> 16)) | 0
}

const mulhsu = (a: number, b: number): number => (mulhu(a, b) - (a < 0 ? b : 0)) | 0
const mulh = (a: number, b: number): number => (mulhsu(a, b) - (b < 0 ? a : 0)) | 0

// `| 0` turns −2^31 ÷ −1 = 2^31 into −2^31, as RISC-V defines it.
const div = (a: number, b: number): number => (b === 0 ? -1 : (a / b) | 0)
const divu = (a: number, b: number): number => (b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0)
// JavaScript's % truncates towards zero as RISC-V's rem does; −2^31 % −1 is −0, which a register stores as 0.
const rem = (a: number, b: number): number => (b === 0 ? a : a % b)
const remu = (a: number, b: number): number => (b === 0 ? a : (a >>> 0) % (b >>> 0))

/** rd ← compute(rs1, rs2) on signed words; the result is taken modulo 2^32. */
function registers(compute: (a: number, b: number) => number): Execute {
  return (state, i, pc) => {
    writeRegister(state, i.rd, compute(readRegister(state, i.rs1) | 0, readRegister(state, i.rs2) | 0))
    return pc + 4
  }
}

/** rd ← compute(rs1, immediate) on signed words; the result is taken modulo 2^32. */
function immediate(compute: (a: number, b: number) => number): Execute {
  return (state, i, pc) => {
    writeRegister(state, i.rd, compute(readRegister(state, i.rs1) | 0, i.imm))
    return pc + 4
  }
}

function upper(compute: (imm: number, pc: number) => number): Execute {
  return (state, i, pc) => {
    writeRegister(state, i.rd, compute(i.imm, pc))
    return pc + 4
  }
}

/** The pc after a jump to `target`: alignment is checked before the code bound (spec/04 §3). */
function jumpTo(state: StateAccess, target: number): number {
  if ((target & 3) !== 0) return HaltPc.instructionAddressMisaligned
  return target >= state.codeEnd ? HaltPc.instructionAccessFault : target
}

function branch(isTaken: (a: number, b: number) => boolean): Execute {
  return (state, i, pc) => {
    if (!isTaken(readRegister(state, i.rs1) | 0, readRegister(state, i.rs2) | 0)) return pc + 4
    return jumpTo(state, (pc + i.imm) >>> 0)
  }
}

/** A jump that traps leaves rd unwritten; the target is computed before rd, which may be rs1. */
function link(targetOf: (state: StateAccess, i: Instruction, pc: number) => number): Execute {
  return (state, i, pc) => {
    const next = jumpTo(state, targetOf(state, i, pc))
    if (next < HaltPc.exit) writeRegister(state, i.rd, pc + 4)
    return next
  }
}

/** `extend` makes the word from the zero-extended value. A load to x0 still accesses memory. */
function load(numBytes: AccessBytes, extend: (value: number) => number): Execute {
  return (state, i, pc) => {
    const address = (readRegister(state, i.rs1) + i.imm) >>> 0
    if ((address & (numBytes - 1)) !== 0) return HaltPc.loadAddressMisaligned
    writeRegister(state, i.rd, extend(state.load(address, numBytes)))
    return pc + 4
  }
}

function store(numBytes: AccessBytes): Execute {
  return (state, i, pc) => {
    const address = (readRegister(state, i.rs1) + i.imm) >>> 0
    if ((address & (numBytes - 1)) !== 0) return HaltPc.storeAddressMisaligned
    if (address < state.codeEnd) return HaltPc.storeAccessFault
    state.store(address, numBytes, readRegister(state, i.rs2))
    return pc + 4
  }
}

const ecall: Execute = (state) => (readRegister(state, 17) === ECALL_EXIT ? HaltPc.exit : HaltPc.environmentCall)

/** Rows of one opcode and funct3 whose operands are two registers; funct7 0x01 is the M extension. */
function rRow(mnemonic: string, funct7: number, funct3: number, execute: Execute, meaning: string): IsaRow {
  const match = ((funct7 << 25) | (funct3 << 12) | 0x33) >>> 0
  return { mnemonic, format: 'R', mask: MASK_FUNCT7, match, execute, meaning }
}

function row(
  mnemonic: string,
  format: InstructionFormat,
  mask: number,
  match: number,
  execute: Execute,
  meaning: string,
): IsaRow {
  return { mnemonic, format, mask, match, execute, meaning }
}

/**
 * The instructions of the referee machine, RV32IM, 48 rows in the order of spec/04 §4. No two rows match the same word.
 *
 * Decoder, disassembler, `docs/isa.md`, the contract's masks and the list behind `vectors/isa` come from it.
 * @see The RISC-V Instruction Set Manual, Volume I: RV32I 2.1, M 2.0
 */
export const ISA: readonly IsaRow[] = [
  row(
    'lui',
    'U',
    MASK_OPCODE,
    0x37,
    upper((imm) => imm),
    'rd ← imm',
  ),
  row(
    'auipc',
    'U',
    MASK_OPCODE,
    0x17,
    upper((imm, pc) => pc + imm),
    'rd ← pc + imm',
  ),
  row(
    'jal',
    'J',
    MASK_OPCODE,
    0x6f,
    link((_, i, pc) => (pc + i.imm) >>> 0),
    'rd ← pc + 4; pc ← pc + imm',
  ),
  row(
    'jalr',
    'I',
    MASK_FUNCT3,
    0x0067,
    link((s, i) => ((readRegister(s, i.rs1) + i.imm) & ~1) >>> 0),
    'rd ← pc + 4; pc ← (rs1 + imm) with bit 0 cleared',
  ),
  row(
    'beq',
    'B',
    MASK_FUNCT3,
    0x0063,
    branch((a, b) => a === b),
    'if rs1 = rs2: pc ← pc + imm',
  ),
  row(
    'bne',
    'B',
    MASK_FUNCT3,
    0x1063,
    branch((a, b) => a !== b),
    'if rs1 ≠ rs2: pc ← pc + imm',
  ),
  row(
    'blt',
    'B',
    MASK_FUNCT3,
    0x4063,
    branch((a, b) => a < b),
    'if rs1 < rs2, signed: pc ← pc + imm',
  ),
  row(
    'bge',
    'B',
    MASK_FUNCT3,
    0x5063,
    branch((a, b) => a >= b),
    'if rs1 ≥ rs2, signed: pc ← pc + imm',
  ),
  row(
    'bltu',
    'B',
    MASK_FUNCT3,
    0x6063,
    branch((a, b) => a >>> 0 < b >>> 0),
    'if rs1 < rs2, unsigned: pc ← pc + imm',
  ),
  row(
    'bgeu',
    'B',
    MASK_FUNCT3,
    0x7063,
    branch((a, b) => a >>> 0 >= b >>> 0),
    'if rs1 ≥ rs2, unsigned: pc ← pc + imm',
  ),
  row(
    'lb',
    'load',
    MASK_FUNCT3,
    0x0003,
    load(1, (value) => (value << 24) >> 24),
    'rd ← the byte at rs1 + imm, sign-extended',
  ),
  row(
    'lh',
    'load',
    MASK_FUNCT3,
    0x1003,
    load(2, (value) => (value << 16) >> 16),
    'rd ← the half at rs1 + imm, sign-extended',
  ),
  row(
    'lw',
    'load',
    MASK_FUNCT3,
    0x2003,
    load(4, (value) => value),
    'rd ← the word at rs1 + imm',
  ),
  row(
    'lbu',
    'load',
    MASK_FUNCT3,
    0x4003,
    load(1, (value) => value),
    'rd ← the byte at rs1 + imm, zero-extended',
  ),
  row(
    'lhu',
    'load',
    MASK_FUNCT3,
    0x5003,
    load(2, (value) => value),
    'rd ← the half at rs1 + imm, zero-extended',
  ),
  row('sb', 'S', MASK_FUNCT3, 0x0023, store(1), 'the byte at rs1 + imm ← low byte of rs2'),
  row('sh', 'S', MASK_FUNCT3, 0x1023, store(2), 'the half at rs1 + imm ← low half of rs2'),
  row('sw', 'S', MASK_FUNCT3, 0x2023, store(4), 'the word at rs1 + imm ← rs2'),
  row(
    'addi',
    'I',
    MASK_FUNCT3,
    0x0013,
    immediate((a, b) => a + b),
    'rd ← rs1 + imm',
  ),
  row(
    'slti',
    'I',
    MASK_FUNCT3,
    0x2013,
    immediate((a, b) => (a < b ? 1 : 0)),
    'rd ← 1 if rs1 < imm, signed, else 0',
  ),
  row(
    'sltiu',
    'I',
    MASK_FUNCT3,
    0x3013,
    immediate((a, b) => (a >>> 0 < b >>> 0 ? 1 : 0)),
    'rd ← 1 if rs1 < imm, unsigned, else 0',
  ),
  row(
    'xori',
    'I',
    MASK_FUNCT3,
    0x4013,
    immediate((a, b) => a ^ b),
    'rd ← rs1 xor imm',
  ),
  row(
    'ori',
    'I',
    MASK_FUNCT3,
    0x6013,
    immediate((a, b) => a | b),
    'rd ← rs1 or imm',
  ),
  row(
    'andi',
    'I',
    MASK_FUNCT3,
    0x7013,
    immediate((a, b) => a & b),
    'rd ← rs1 and imm',
  ),
  row(
    'slli',
    'shift',
    MASK_FUNCT7,
    0x00001013,
    immediate((a, b) => a << b),
    'rd ← rs1 << shamt',
  ),
  row(
    'srli',
    'shift',
    MASK_FUNCT7,
    0x00005013,
    immediate((a, b) => a >>> b),
    'rd ← rs1 >> shamt, zeros in',
  ),
  row(
    'srai',
    'shift',
    MASK_FUNCT7,
    0x40005013,
    immediate((a, b) => a >> b),
    'rd ← rs1 >> shamt, sign bits in',
  ),
  rRow(
    'add',
    0x00,
    0,
    registers((a, b) => a + b),
    'rd ← rs1 + rs2',
  ),
  rRow(
    'sub',
    0x20,
    0,
    registers((a, b) => a - b),
    'rd ← rs1 − rs2',
  ),
  rRow(
    'sll',
    0x00,
    1,
    registers((a, b) => a << b),
    'rd ← rs1 << (rs2 mod 32)',
  ),
  rRow(
    'slt',
    0x00,
    2,
    registers((a, b) => (a < b ? 1 : 0)),
    'rd ← 1 if rs1 < rs2, signed, else 0',
  ),
  rRow(
    'sltu',
    0x00,
    3,
    registers((a, b) => (a >>> 0 < b >>> 0 ? 1 : 0)),
    'rd ← 1 if rs1 < rs2, unsigned, else 0',
  ),
  rRow(
    'xor',
    0x00,
    4,
    registers((a, b) => a ^ b),
    'rd ← rs1 xor rs2',
  ),
  rRow(
    'srl',
    0x00,
    5,
    registers((a, b) => a >>> b),
    'rd ← rs1 >> (rs2 mod 32), zeros in',
  ),
  rRow(
    'sra',
    0x20,
    5,
    registers((a, b) => a >> b),
    'rd ← rs1 >> (rs2 mod 32), sign bits in',
  ),
  rRow(
    'or',
    0x00,
    6,
    registers((a, b) => a | b),
    'rd ← rs1 or rs2',
  ),
  rRow(
    'and',
    0x00,
    7,
    registers((a, b) => a & b),
    'rd ← rs1 and rs2',
  ),
  row('fence', 'fence', MASK_FUNCT3, 0x000f, (_s, _i, pc) => pc + 4, 'nothing'),
  row('ecall', 'system', MASK_ALL, 0x00000073, ecall, 'halt: exit when a7 = 93, else environment call'),
  row('ebreak', 'system', MASK_ALL, 0x00100073, () => HaltPc.breakpoint, 'halt: breakpoint'),
  rRow('mul', 0x01, 0, registers(Math.imul), 'rd ← low word of rs1 · rs2'),
  rRow('mulh', 0x01, 1, registers(mulh), 'rd ← high word of rs1 · rs2, signed · signed'),
  rRow('mulhsu', 0x01, 2, registers(mulhsu), 'rd ← high word of rs1 · rs2, signed · unsigned'),
  rRow('mulhu', 0x01, 3, registers(mulhu), 'rd ← high word of rs1 · rs2, unsigned · unsigned'),
  rRow('div', 0x01, 4, registers(div), 'rd ← rs1 ÷ rs2, signed, towards zero; −1 when rs2 = 0'),
  rRow('divu', 0x01, 5, registers(divu), 'rd ← rs1 ÷ rs2, unsigned; 2³² − 1 when rs2 = 0'),
  rRow('rem', 0x01, 6, registers(rem), 'rd ← rs1 mod rs2, sign of rs1; rs1 when rs2 = 0'),
  rRow('remu', 0x01, 7, registers(remu), 'rd ← rs1 mod rs2, unsigned; rs1 when rs2 = 0'),
]
