import { describe, expect, test } from 'vitest'
import { constant, imageOf, type Line } from '../../../../../test/differential/assembly.ts'
import { checkLockstep, loopOf } from '../../../../../test/differential/executorCheck.ts'
import { HaltPc } from '../state.ts'

const DATA = 0x10000

/** In round 51 of a loop, with registers x10 = 7 and x7 as given, `trap` is reached. */
function trapping(x7: number, ...trap: Line[]): Line[] {
  return loopOf(
    [...constant(7, x7), ...constant(8, DATA), ['addi', { rd: 10, imm: 7 }], ['addi', { rd: 9, imm: 51 }]],
    [['sw', { rs1: 8, rs2: 6, imm: 4 }], ['bne', { rs1: 6, rs2: 9 }, 'past'], ...trap, 'past'],
  )
}

describe('traps in compiled code change pc alone', () => {
  const cases: [name: string, x7: number, trap: Line, pc: number][] = [
    ['jal to a misaligned target', 0, ['jal', { rd: 10, imm: 6 }], HaltPc.instructionAddressMisaligned],
    ['jal to CODE_END', 0, ['jal', { rd: 10, imm: 128 - 40 }], HaltPc.instructionAccessFault],
    ['jal below 0', 0, ['jal', { rd: 10, imm: -64 }], HaltPc.instructionAccessFault],
    ['a taken branch to a misaligned target', 0, ['beq', { imm: 10 }], HaltPc.instructionAddressMisaligned],
    ['a taken branch to CODE_END', 0, ['beq', { imm: 128 - 40 }], HaltPc.instructionAccessFault],
    ['jalr with bit 1 of the sum set', 6, ['jalr', { rd: 10, rs1: 7 }], HaltPc.instructionAddressMisaligned],
    ['jalr with bits 0 and 1 set', 7, ['jalr', { rd: 10, rs1: 7 }], HaltPc.instructionAddressMisaligned],
    ['jalr to CODE_END', 128, ['jalr', { rd: 10, rs1: 7 }], HaltPc.instructionAccessFault],
    ['jalr to a misaligned address beyond CODE_END', 0xfffffffa, ['jalr', { rd: 10, rs1: 7 }], 0xffffff10],
    ['jalr to a halted pc', 0xffffff00, ['jalr', { rd: 10, rs1: 7 }], HaltPc.instructionAccessFault],
    ['an illegal word', 0, 0, HaltPc.illegalInstruction],
    ['ebreak', 0, ['ebreak', {}], HaltPc.breakpoint],
    ['lh from an odd address', DATA + 1, ['lh', { rd: 10, rs1: 7 }], HaltPc.loadAddressMisaligned],
    ['lw from half a word', DATA + 2, ['lw', { rd: 10, rs1: 7 }], HaltPc.loadAddressMisaligned],
    ['lw to x0 from half a word', DATA + 2, ['lw', { rd: 0, rs1: 7 }], HaltPc.loadAddressMisaligned],
    ['lw misaligned at the end of memory', 0xfffffffe, ['lw', { rd: 10, rs1: 7 }], HaltPc.loadAddressMisaligned],
    ['sh to an odd address', DATA + 1, ['sh', { rs1: 7, rs2: 10 }], HaltPc.storeAddressMisaligned],
    ['sw to half a word below CODE_END', 66, ['sw', { rs1: 7, rs2: 10 }], HaltPc.storeAddressMisaligned],
    ['sw to the last word below CODE_END', 124, ['sw', { rs1: 7, rs2: 10 }], HaltPc.storeAccessFault],
    ['sb to the last byte below CODE_END', 127, ['sb', { rs1: 7, rs2: 10 }], HaltPc.storeAccessFault],
    ['sw to address 0', 0, ['sw', { rs1: 7, rs2: 10 }], HaltPc.storeAccessFault],
    ['ecall with a7 = 0', 0, ['ecall', {}], HaltPc.environmentCall],
  ]
  test.each(cases)('edge: %s', (_name, x7, trap, pc) => {
    const machine = checkLockstep(imageOf(trapping(x7, trap), 128))
    expect([machine.registers[0], machine.registers[10], machine.registers[6]]).toEqual([pc, 7, 51])
    expect([...machine.memory.read(DATA + 4, 4)]).toEqual([51, 0, 0, 0])
  })
})

describe('accesses that share a check trap where they would alone', () => {
  /** Two accesses in one block, of which one traps. */
  const cases: [name: string, base: number, first: Line, second: Line, pc: number][] = [
    ['lb, then lw', DATA + 3, ['lb', { rs1: 7, imm: 1 }], ['lw', { rs1: 7, imm: 4 }], HaltPc.loadAddressMisaligned],
    ['lw, then lb before it', DATA + 3, ['lw', { rs1: 7, imm: 1 }], ['lw', { rs1: 7, imm: 4 }], 0xffffff14],
    ['lw, then lh', DATA, ['lw', { rs1: 7 }], ['lh', { rs1: 7, imm: 1 }], HaltPc.loadAddressMisaligned],
    ['lh, then lw', DATA + 1, ['lh', { rs1: 7, imm: 1 }], ['lw', { rs1: 7 }], HaltPc.loadAddressMisaligned],
    ['sh, then sw', DATA + 2, ['sh', { rs1: 7 }], ['sw', { rs1: 7 }], HaltPc.storeAddressMisaligned],
    ['sw, then sh', DATA, ['sw', { rs1: 7 }], ['sh', { rs1: 7, imm: 5 }], HaltPc.storeAddressMisaligned],
    ['sw, then sb below CODE_END', 128, ['sw', { rs1: 7 }], ['sb', { rs1: 7, imm: -1 }], HaltPc.storeAccessFault],
    ['lw, then sw below CODE_END', 124, ['lw', { rs1: 7 }], ['sw', { rs1: 7 }], HaltPc.storeAccessFault],
    ['a constant below CODE_END', 0, ['lw', { imm: 124 }], ['sw', { imm: 124 }], HaltPc.storeAccessFault],
    ['a misaligned constant', 0, ['lw', { imm: 124 }], ['lw', { imm: 126 }], HaltPc.loadAddressMisaligned],
    ['a misaligned constant store', 0, ['lw', { imm: 124 }], ['sh', { imm: 129 }], HaltPc.storeAddressMisaligned],
    ['the stack, loads first', 124, ['lw', { rs1: 2 }], ['sw', { rs1: 2 }], HaltPc.storeAccessFault],
  ]
  test.each(cases)('edge: %s', (_name, base, first, second, pc) => {
    const lines = trapping(base, ['addi', { rd: 2, rs1: 7 }], first, second)
    const machine = checkLockstep(imageOf(lines, 128))
    expect([machine.registers[0], machine.registers[6]]).toEqual([pc, 51])
  })
})
