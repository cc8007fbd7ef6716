import type { Instruction } from './decode.ts'
import { type AccessBytes, HaltPc, readRegister, type StateAccess, writeRegister } from './state.ts'

/** Performs an instruction at `pc` and returns the next pc; a trap returns its halted pc and changes nothing else. */
export type Execute = (state: StateAccess, instruction: Instruction, pc: number) => number

/** The call number in a7 (x17) with which `ecall` ends the run. */
const ECALL_EXIT = 93

/** Upper 32 bits of the unsigned product, in 16-bit halves: no intermediate value passes 2^32, so doubles are exact. */
export function mulhu(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const middle2 = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + (middle >>> 16) + (middle2 >>> 16)) | 0
}

/** Upper 32 bits of the product of signed `a` and unsigned `b`. */
export const mulhsu = (a: number, b: number): number => (mulhu(a, b) - (a < 0 ? b : 0)) | 0

/** Upper 32 bits of the signed product. */
export const mulh = (a: number, b: number): number => (mulhsu(a, b) - (b < 0 ? a : 0)) | 0

/** Signed quotient towards zero; −1 when b = 0. `| 0` turns −2^31 ÷ −1 = 2^31 into −2^31, as RISC-V defines it. */
export const div = (a: number, b: number): number => (b === 0 ? -1 : (a / b) | 0)

/** Unsigned quotient; 2^32 − 1 when b = 0. */
export const divu = (a: number, b: number): number => (b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0)

/** Signed remainder with the sign of `a`, as JavaScript's `%` has it; a when b = 0. −2^31 % −1 is −0, stored as 0. */
export const rem = (a: number, b: number): number => (b === 0 ? a : a % b)

/** Unsigned remainder; a when b = 0. */
export const remu = (a: number, b: number): number => (b === 0 ? a : (a >>> 0) % (b >>> 0))

/** rs1 as a signed word. */
export const rs1 = (state: StateAccess, i: Instruction): number => readRegister(state, i.rs1) | 0

/** rs2 as a signed word. */
export const rs2 = (state: StateAccess, i: Instruction): number => readRegister(state, i.rs2) | 0

/** rd ← value modulo 2^32; the next pc is the following instruction. */
export function setRd(state: StateAccess, i: Instruction, pc: number, value: number): number {
  writeRegister(state, i.rd, value)
  return pc + 4
}

/** The pc after a jump to `target`: alignment is checked before the code bound (spec/04 §3). */
function jumpTo(state: StateAccess, target: number): number {
  if ((target & 3) !== 0) return HaltPc.instructionAddressMisaligned
  return target >= state.codeEnd ? HaltPc.instructionAccessFault : target
}

/** A branch by the immediate; one that is not taken checks no target. */
export function branch(state: StateAccess, i: Instruction, pc: number, isTaken: boolean): number {
  return isTaken ? jumpTo(state, (pc + i.imm) >>> 0) : pc + 4
}

/** A jump to `target` (unsigned) that links; one that traps leaves rd unwritten. */
export function link(state: StateAccess, i: Instruction, pc: number, target: number): number {
  const next = jumpTo(state, target)
  if (next < HaltPc.exit) writeRegister(state, i.rd, pc + 4)
  return next
}

/** Loads zero-extended bytes; `extendShift` is 24 or 16 to extend the sign of a byte or a half, else 0. Accesses for x0 too. */
export function load(numBytes: AccessBytes, extendShift: number): Execute {
  return (state, i, pc) => {
    const address = (readRegister(state, i.rs1) + i.imm) >>> 0
    if ((address & (numBytes - 1)) !== 0) return HaltPc.loadAddressMisaligned
    return setRd(state, i, pc, (state.load(address, numBytes) << extendShift) >> extendShift)
  }
}

/** Stores the low bytes of rs2; alignment is checked before the code bound (spec/04 §3). */
export function store(numBytes: AccessBytes): Execute {
  return (state, i, pc) => {
    const address = (readRegister(state, i.rs1) + i.imm) >>> 0
    if ((address & (numBytes - 1)) !== 0) return HaltPc.storeAddressMisaligned
    if (address < state.codeEnd) return HaltPc.storeAccessFault
    state.store(address, numBytes, readRegister(state, i.rs2))
    return pc + 4
  }
}

/** Halts: exit when a7 is 93, else the environment call trap. */
export const ecall: Execute = (state) => (readRegister(state, 17) === ECALL_EXIT ? HaltPc.exit : HaltPc.environmentCall)
