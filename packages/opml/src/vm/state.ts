import type { Instruction } from './decode.ts'

/** A state is halted exactly when its pc is at or above this address (spec/04 §2). */
export const HALT_BASE = 0xffffff00

/** The pc of every halted state that a run can reach: exit, and 0x10 + the RISC-V exception code for traps (spec/04 §2). */
export const HaltPc = {
  exit: 0xffffff00,
  instructionAddressMisaligned: 0xffffff10,
  instructionAccessFault: 0xffffff11,
  illegalInstruction: 0xffffff12,
  breakpoint: 0xffffff13,
  loadAddressMisaligned: 0xffffff14,
  storeAddressMisaligned: 0xffffff16,
  storeAccessFault: 0xffffff17,
  environmentCall: 0xffffff18,
} as const

const HALT_NAMES: ReadonlyMap<number, string> = new Map([
  [HaltPc.exit, 'exit'],
  [HaltPc.instructionAddressMisaligned, 'instruction address misaligned'],
  [HaltPc.instructionAccessFault, 'instruction access fault'],
  [HaltPc.illegalInstruction, 'illegal instruction'],
  [HaltPc.breakpoint, 'breakpoint'],
  [HaltPc.loadAddressMisaligned, 'load address misaligned'],
  [HaltPc.storeAddressMisaligned, 'store address misaligned'],
  [HaltPc.storeAccessFault, 'store access fault'],
  [HaltPc.environmentCall, 'environment call'],
])

/** Name of a halted pc as in the table of spec/04 §2; `unknown trap` for a halted pc outside it, undefined for any other pc. */
export function haltName(pc: number): string | undefined {
  return pc >= HALT_BASE ? (HALT_NAMES.get(pc) ?? 'unknown trap') : undefined
}

/** Size of a data access in bytes. */
export type AccessBytes = 1 | 2 | 4

/**
 * What one step may touch. `step()` is written once over it; a fast, a recording and a replaying machine differ in this object
 * alone, and the contract has the same calls in the same order.
 *
 * A step calls `fetch` at most once and then at most one of `load` and `store`, once.
 */
export interface StateAccess {
  /** 32 words: pc in the place of x0, then x1 … x31. */
  readonly registers: Uint32Array
  /** CODE_END in bytes. */
  readonly codeEnd: number
  /** The instruction at `pc` (a multiple of 4 below CODE_END); undefined when no row of the table matches its word. */
  fetch(pc: number): Instruction | undefined
  /** The zero-extended little-endian value at `address`, a multiple of `numBytes`. */
  load(address: number, numBytes: AccessBytes): number
  /** Stores the low `numBytes` bytes of `value`, little-endian, at `address`, a multiple of `numBytes` at or above CODE_END. */
  store(address: number, numBytes: AccessBytes, value: number): void
}

/** Register `index` (0 to 31) as an unsigned word; x0 reads as 0. */
export function readRegister(state: StateAccess, index: number): number {
  return index === 0 ? 0 : state.registers[index]
}

/** Writes `value` modulo 2^32 to register `index` (0 to 31); a write to x0 is dropped. */
export function writeRegister(state: StateAccess, index: number, value: number): void {
  if (index !== 0) state.registers[index] = value
}
