import { expect, test } from 'vitest'
import { assemble } from '../../../../scripts/isa/assembler.ts'
import { disassemble } from './disassemble.ts'
import { ISA } from './isa.ts'

// Words as GNU as 2.40 encodes the text beside them.
test.each([
  [0x123452b7, 'lui t0, 0x12345'],
  [0xfffff297, 'auipc t0, 0xfffff'],
  [0x010000ef, 'jal ra, 0x110'],
  [0xff1ff06f, 'jal zero, 0xf0'],
  [0x00008067, 'jalr zero, 0(ra)'],
  [0xffc500e7, 'jalr ra, -4(a0)'],
  [0xfe059ce3, 'bne a1, zero, 0xf8'],
  [0x00b56463, 'bltu a0, a1, 0x108'],
  [0x80052583, 'lw a1, -2048(a0)'],
  [0x7ff54583, 'lbu a1, 2047(a0)'],
  [0x00b52223, 'sw a1, 4(a0)'],
  [0xfeb50fa3, 'sb a1, -1(a0)'],
  [0xfff58593, 'addi a1, a1, -1'],
  [0x01f59593, 'slli a1, a1, 31'],
  [0x41f5d593, 'srai a1, a1, 31'],
  [0x40c58533, 'sub a0, a1, a2'],
  [0x02c5b533, 'mulhu a0, a1, a2'],
  [0x01f00f33, 'add t5, zero, t6'],
  [0x0ff0000f, 'fence'],
  [0x00000073, 'ecall'],
  [0x00100073, 'ebreak'],
  [0x0000100f, '.word 0x0000100f'],
  [0xffffffff, '.word 0xffffffff'],
])('default: 0x%s is %s', (word, text) => {
  expect(disassemble(word, 0x100)).toBe(text)
})

test('edge: a target below 0 wraps', () => {
  expect(disassemble(0xff1ff06f, 0)).toBe('jal zero, 0xfffffff0')
})

test('differential: the words of the assembler written from the manual have the same mnemonics', () => {
  for (const { mnemonic } of ISA) {
    const text = disassemble(assemble(mnemonic, { rd: 9, rs1: 18, rs2: 27, imm: 20 }), 0)
    expect(text.split(' ')[0]).toBe(mnemonic)
  }
})
