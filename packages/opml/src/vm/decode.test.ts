import { expect, test } from 'vitest'
import { assemble } from '../../../../scripts/isa/assembler.ts'
import { wordGenerator } from '../../../../scripts/isa/case.ts'
import { decode } from './decode.ts'
import { ISA } from './isa.ts'

const matching = (word: number) => ISA.filter(({ mask, match }) => (word & mask) >>> 0 === match)

test('default: 48 rows, each with a mnemonic of its own', () => {
  expect(ISA).toHaveLength(48)
  expect(new Set(ISA.map(({ mnemonic }) => mnemonic)).size).toBe(48)
})

test('property: no two rows match one word', () => {
  for (const a of ISA)
    for (const b of ISA) {
      const isSeparate = ((a.match ^ b.match) & a.mask & b.mask) !== 0
      expect(isSeparate || a === b, `${a.mnemonic} ${b.mnemonic}`).toBe(true)
    }
})

test('property: the indexed decoder finds what a search of the whole table finds (seed 41)', () => {
  const next = wordGenerator(41)
  for (let n = 0; n < 200_000; n++) {
    // Every second word is a known one with a few bits changed, so that most rows are met.
    const { match, mask } = ISA[next() % ISA.length]
    const word = n % 2 === 0 ? next() : ((match | (next() & ~mask)) ^ (n % 4 === 1 ? 1 << (next() % 32) : 0)) >>> 0
    expect(decode(word)?.row).toBe(matching(word)[0])
  }
})

test.each([
  ['jal', [0, 2, -2, 1048574, -1048576, 2048, 4096]],
  ['beq', [0, 2, -2, 4094, -4096, 2048, -2048]],
  ['addi', [0, 1, -1, 2047, -2048]],
  ['lw', [0, 4, -4, 2047, -2048]],
  ['sw', [0, 4, -4, 31, 32, 2047, -2048]],
  ['slli', [0, 1, 15, 16, 31]],
])('edge: immediates of %s', (mnemonic, immediates) => {
  for (const imm of immediates) {
    const found = decode(assemble(mnemonic, { rd: 31, rs1: 30, rs2: 29, imm }))
    expect(found?.row.mnemonic).toBe(mnemonic)
    expect(found?.imm).toBe(imm)
  }
})

test('edge: upper immediates are the upper 20 bits', () => {
  expect(decode(assemble('lui', { rd: 1, imm: 0xfffff }))?.imm).toBe(-4096)
  expect(decode(assemble('auipc', { rd: 1, imm: 1 }))?.imm).toBe(4096)
})

test('edge: fields that a format does not have are 0', () => {
  const sw = decode(assemble('sw', { rs1: 5, rs2: 6, imm: 31 }))
  expect([sw?.rd, sw?.rs1, sw?.rs2]).toEqual([0, 5, 6])
  const lui = decode(0xffffffb7)
  expect([lui?.rd, lui?.rs1, lui?.rs2]).toEqual([31, 0, 0])
})
