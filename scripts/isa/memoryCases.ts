import { assemble, MNEMONICS } from './assembler.ts'
import { CODE_END, hex32, type IsaCase, PC } from './case.ts'

const RD = 5
const BASE = 6
const VALUE = 7

/** A data block with every sign bit pattern: bytes 0x80, 0x7f, 0xff, 0x00, 0x01, 0xfe, … around the addresses in use. */
const DATA = 0x400
const PATTERN = [0x80, 0x7f, 0xff, 0x00, 0x01, 0xfe, 0x00, 0x80, 0xff, 0xff, 0x7f, 0x7f]

function patternAt(start: number, numBytes: number): [number, number][] {
  return Array.from({ length: numBytes }, (_, i) => [start + i, PATTERN[i % PATTERN.length]])
}

const MEMORY = new Map([...patternAt(DATA, 128), ...patternAt(0xffffff80, 128), ...patternAt(CODE_END, 128)])

/** An address as base register plus immediate. */
interface Place {
  readonly what: string
  readonly base: number
  readonly imm: number
}

const PLACES: readonly Place[] = [
  ...[0, 1, 2, 3].map((offset) => ({ what: `offset ${offset} of a word`, base: DATA, imm: offset })),
  ...[1, 2, 3].map((offset) => ({
    what: `offset ${offset} of a word, from the base`,
    base: DATA + 4 + offset,
    imm: 0,
  })),
  { what: 'last word of a block', base: DATA + 128, imm: -4 },
  { what: 'last half of a block', base: DATA + 128, imm: -2 },
  { what: 'last byte of a block', base: DATA + 128, imm: -1 },
  { what: 'immediate 2047', base: 2 ** 32 + DATA - 2047, imm: 2047 },
  { what: 'immediate -2048', base: DATA + 2048, imm: -2048 },
  { what: 'base below 0', base: 0xfffffc10, imm: 2032 },
  { what: 'untouched memory', base: 0x7ffffff8, imm: 4 },
  { what: 'highest half of the space', base: 0x80000000, imm: 0 },
  { what: 'top word of memory', base: 0xfffffffc, imm: 0 },
  { what: 'top half of memory', base: 0xfffffffe, imm: 0 },
  { what: 'top byte of memory', base: 0, imm: -1 },
  { what: 'address passes 2^32', base: 0xfffffffc, imm: 0x404 },
  { what: 'at CODE_END', base: CODE_END, imm: 0 },
  { what: 'at CODE_END - 1', base: CODE_END, imm: -1 },
  { what: 'at CODE_END - 2', base: CODE_END, imm: -2 },
  { what: 'at CODE_END - 4', base: CODE_END, imm: -4 },
  { what: 'at CODE_END - 3, misaligned', base: CODE_END, imm: -3 },
  { what: 'at CODE_END + 1', base: CODE_END, imm: 1 },
  { what: 'at CODE_END + 2', base: CODE_END, imm: 2 },
  { what: 'at its own instruction', base: PC, imm: 0 },
  { what: 'at address 0', base: 0, imm: 0 },
]

function loadCase(mnemonic: string, place: Place, fields = { rd: RD, rs1: BASE }): IsaCase {
  const { rd, rs1 } = fields
  return {
    name: `${mnemonic} rd=x${rd} rs1=x${rs1} ${place.what}`,
    note: `${mnemonic} x${rd}, ${place.imm}(x${rs1}) with base ${hex32(place.base)}`,
    pc: PC,
    word: assemble(mnemonic, { ...fields, imm: place.imm }),
    registers: { [rs1]: place.base },
    memory: MEMORY,
  }
}

function loadCases(mnemonic: string): IsaCase[] {
  const more = [PLACES[0], PLACES[3]]
  return [
    ...PLACES.map((place) => loadCase(mnemonic, place)),
    ...more.map((place) => loadCase(mnemonic, place, { rd: 0, rs1: BASE })),
    ...more.map((place) => loadCase(mnemonic, place, { rd: BASE, rs1: BASE })),
    loadCase(mnemonic, { what: 'immediate alone', base: 0, imm: DATA }, { rd: RD, rs1: 0 }),
    loadCase(mnemonic, { what: 'immediate alone, negative', base: 0, imm: -128 }, { rd: 31, rs1: 0 }),
  ]
}

function storeCase(mnemonic: string, place: Place, value: number, fields = { rs1: BASE, rs2: VALUE }): IsaCase {
  const { rs1, rs2 } = fields
  return {
    name: `${mnemonic} rs1=x${rs1} rs2=x${rs2} ${hex32(value)} ${place.what}`,
    note: `${mnemonic} x${rs2}, ${place.imm}(x${rs1}) with base ${hex32(place.base)}`,
    pc: PC,
    word: assemble(mnemonic, { ...fields, imm: place.imm }),
    registers: { [rs2]: value, [rs1]: place.base },
    memory: MEMORY,
  }
}

function storeCases(mnemonic: string): IsaCase[] {
  const here = { what: 'aligned', base: DATA, imm: 8 }
  const values = [0, 1, 0xffffffff, 0x80000000, 0x7fffffff, 0x000080ff, 0x12345678]
  return [
    ...PLACES.map((place) => storeCase(mnemonic, place, 0xdeadbeef)),
    ...values.map((value) => storeCase(mnemonic, here, value)),
    storeCase(mnemonic, here, DATA, { rs1: BASE, rs2: BASE }),
    storeCase(mnemonic, here, 0, { rs1: BASE, rs2: 0 }),
    storeCase(mnemonic, { what: 'immediate alone', base: 0, imm: DATA }, 0xdeadbeef, { rs1: 0, rs2: VALUE }),
    storeCase(mnemonic, { what: 'immediate alone, negative', base: 0, imm: -128 }, 1, { rs1: 0, rs2: VALUE }),
    storeCase(mnemonic, { what: 'the value that is there', base: DATA, imm: 4 }, 0x8000fe01),
    {
      ...storeCase(mnemonic, { what: 'between CODE_END and its power of two', base: 384, imm: 0 }, 0xdeadbeef),
      codeEnd: 384,
    },
    {
      ...storeCase(mnemonic, { what: 'below a CODE_END that is no power of two', base: 384, imm: -4 }, 1),
      codeEnd: 384,
    },
    { ...storeCase(mnemonic, { what: 'at the largest CODE_END', base: 2 ** 30, imm: 0 }, 1), codeEnd: 2 ** 30 },
    { ...storeCase(mnemonic, { what: 'below the largest CODE_END', base: 2 ** 30, imm: -4 }, 1), codeEnd: 2 ** 30 },
  ]
}

/** Cases of loads and stores, by mnemonic. */
export function memoryCases(): Map<string, IsaCase[]> {
  const cases = new Map<string, IsaCase[]>()
  for (const mnemonic of MNEMONICS.load) cases.set(mnemonic, loadCases(mnemonic))
  for (const mnemonic of MNEMONICS.store) cases.set(mnemonic, storeCases(mnemonic))
  return cases
}
