import type { Instruction } from '../decode.ts'
import type { RegisterLocals } from './registerLocals.ts'
import { type CodeWriter, Op, Type } from './wasm.ts'

/** Where operands are. */
export interface Operands {
  /** Pushes register `register`. */
  get(code: CodeWriter, register: number): void
}

/** Fields of an instruction that its result depends on. */
type Fields = Pick<Instruction, 'rs1' | 'rs2' | 'imm'>

/** Emits code that pushes the result of an instruction. */
type Emit = (code: CodeWriter, registers: Operands, instruction: Fields, pc: number) => void

/** WebAssembly takes shift amounts modulo 32 as RISC-V does. */
const binary =
  (opcode: number): Emit =>
  (code, registers, { rs1, rs2 }) => {
    registers.get(code, rs1)
    registers.get(code, rs2)
    code.op(opcode)
  }

const immediate =
  (opcode: number): Emit =>
  (code, registers, { rs1, imm }) => {
    registers.get(code, rs1)
    if (imm === 0 && opcode === Op.i32Add) return
    code.i32(imm)
    code.op(opcode)
  }

/** High word of a 64-bit product. */
const highProduct =
  (extendA: number, extendB: number): Emit =>
  (code, registers, { rs1, rs2 }) => {
    registers.get(code, rs1)
    code.op(extendA)
    registers.get(code, rs2)
    code.op(extendB)
    code.op(Op.i64Mul)
    code.op(Op.i64Const)
    code.s32(32)
    code.op(Op.i64ShrU)
    code.op(Op.i32WrapI64)
  }

function openResult(code: CodeWriter): void {
  code.op(Op.if)
  code.byte(Type.i32)
}

/** rs2 = 0 ? `ifZero` : rs1 `opcode` rs2; the WebAssembly operation traps on a divisor 0, RISC-V defines it. */
const guarded =
  (opcode: number, ifZero: 'all ones' | 'dividend'): Emit =>
  (code, registers, instruction) => {
    registers.get(code, instruction.rs2)
    openResult(code)
    binary(opcode)(code, registers, instruction, 0)
    code.op(Op.else)
    if (ifZero === 'dividend') registers.get(code, instruction.rs1)
    else code.i32(-1)
    code.op(Op.end)
  }

/** −2^31 ÷ −1 traps in WebAssembly; dividing by −1 is a subtraction. */
const signedQuotient: Emit = (code, registers, instruction, pc) => {
  registers.get(code, instruction.rs2)
  code.i32(-1)
  code.op(Op.i32Eq)
  openResult(code)
  code.i32(0)
  registers.get(code, instruction.rs1)
  code.op(Op.i32Sub)
  code.op(Op.else)
  guarded(Op.i32DivS, 'all ones')(code, registers, instruction, pc)
  code.op(Op.end)
}

const EMIT: Readonly<Record<string, Emit>> = {
  lui: (code, _registers, { imm }) => code.i32(imm),
  auipc: (code, _registers, { imm }, pc) => code.i32(pc + imm),
  addi: immediate(Op.i32Add),
  slti: immediate(Op.i32LtS),
  sltiu: immediate(Op.i32LtU),
  xori: immediate(Op.i32Xor),
  ori: immediate(Op.i32Or),
  andi: immediate(Op.i32And),
  slli: immediate(Op.i32Shl),
  srli: immediate(Op.i32ShrU),
  srai: immediate(Op.i32ShrS),
  add: binary(Op.i32Add),
  sub: binary(Op.i32Sub),
  sll: binary(Op.i32Shl),
  slt: binary(Op.i32LtS),
  sltu: binary(Op.i32LtU),
  xor: binary(Op.i32Xor),
  srl: binary(Op.i32ShrU),
  sra: binary(Op.i32ShrS),
  or: binary(Op.i32Or),
  and: binary(Op.i32And),
  mul: binary(Op.i32Mul),
  mulh: highProduct(Op.i64ExtendI32S, Op.i64ExtendI32S),
  mulhsu: highProduct(Op.i64ExtendI32S, Op.i64ExtendI32U),
  mulhu: highProduct(Op.i64ExtendI32U, Op.i64ExtendI32U),
  div: signedQuotient,
  divu: guarded(Op.i32DivU, 'all ones'),
  rem: guarded(Op.i32RemS, 'dividend'),
  remu: guarded(Op.i32RemU, 'dividend'),
}

/** Opcodes of the comparisons that decide branches, by mnemonic. */
export const CONDITION: Readonly<Record<string, number>> = {
  beq: Op.i32Eq,
  bne: Op.i32Ne,
  blt: Op.i32LtS,
  bge: Op.i32GeS,
  bltu: Op.i32LtU,
  bgeu: Op.i32GeU,
}

/** Emits an instruction that neither accesses memory nor transfers control. */
export function emitArithmetic(
  code: CodeWriter,
  registers: RegisterLocals,
  instruction: Instruction,
  pc: number,
): void {
  if (instruction.rd === 0 || instruction.row.mnemonic === 'fence') return
  const emit = EMIT[instruction.row.mnemonic]
  if (emit === undefined) throw new Error(`No translation of ${instruction.row.mnemonic}.`) // INVARIANT: a test covers the table
  emit(code, registers, instruction, pc)
  registers.set(code, instruction.rd)
}

/** Pushes the result of the instruction `mnemonic` of format R on the pseudo-registers 1 (rs1) and 2 (rs2). */
export function emitOperation(code: CodeWriter, operands: Operands, mnemonic: string): void {
  const emit = EMIT[mnemonic]
  if (emit === undefined) throw new Error(`No translation of ${mnemonic}.`) // INVARIANT: the generator covers the table
  emit(code, operands, { rs1: 1, rs2: 2, imm: 0 }, 0)
}

/** Pushes 1 when the branch is taken, else 0. */
export function emitCondition(code: CodeWriter, registers: RegisterLocals, instruction: Instruction): void {
  binary(CONDITION[instruction.row.mnemonic])(code, registers, instruction, 0)
}
