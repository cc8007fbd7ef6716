import { assemble, MNEMONICS } from './assembler.ts'
import { CORNERS, hex32, type IsaCase, PC, wordGenerator } from './case.ts'

const RD = 5
const RS1 = 6
const RS2 = 7

/** Second operands of shifts by a register: the amounts at both ends and words whose upper bits must be ignored. */
const SHIFT_AMOUNTS = [0, 1, 31, 32, 33, 0xffffffe0, 0x80000000]

const NUM_RANDOM = 6

function registerCase(mnemonic: string, a: number, b: number, fields = { rd: RD, rs1: RS1, rs2: RS2 }): IsaCase {
  const { rd, rs1, rs2 } = fields
  return {
    name: `${mnemonic} rd=x${rd} rs1=x${rs1} rs2=x${rs2} ${hex32(a)} ${hex32(b)}`,
    note: `${mnemonic} x${rd}, x${rs1}, x${rs2}`,
    pc: PC,
    word: assemble(mnemonic, fields),
    registers: rs1 === rs2 ? { [rs1]: a } : { [rs1]: a, [rs2]: b },
  }
}

function registerCases(mnemonic: string): IsaCase[] {
  const seconds = ['sll', 'srl', 'sra'].includes(mnemonic) ? SHIFT_AMOUNTS : CORNERS
  const cases = CORNERS.flatMap((a) => seconds.map((b) => registerCase(mnemonic, a, b)))
  const [a, b] = [0x80000003, 0x00000006]
  cases.push(
    registerCase(mnemonic, a, b, { rd: 0, rs1: RS1, rs2: RS2 }),
    registerCase(mnemonic, a, b, { rd: RS1, rs1: RS1, rs2: RS2 }),
    registerCase(mnemonic, a, b, { rd: RS2, rs1: RS1, rs2: RS2 }),
    registerCase(mnemonic, a, a, { rd: RD, rs1: RS1, rs2: RS1 }),
    registerCase(mnemonic, a, a, { rd: RS1, rs1: RS1, rs2: RS1 }),
    registerCase(mnemonic, 0, b, { rd: 31, rs1: 0, rs2: 30 }),
    registerCase(mnemonic, a, 0, { rd: 1, rs1: 31, rs2: 0 }),
  )
  const next = wordGenerator(mnemonic.length * 1000 + mnemonic.charCodeAt(0) * 7 + mnemonic.charCodeAt(1))
  for (let i = 0; i < NUM_RANDOM; i++) cases.push(registerCase(mnemonic, next(), i % 2 === 0 ? next() : next() >>> 20))
  return cases
}

function immediateCase(mnemonic: string, a: number, imm: number, fields = { rd: RD, rs1: RS1 }): IsaCase {
  const { rd, rs1 } = fields
  return {
    name: `${mnemonic} rd=x${rd} rs1=x${rs1} ${hex32(a)} imm=${imm}`,
    note: `${mnemonic} x${rd}, x${rs1}, ${imm}`,
    pc: PC,
    word: assemble(mnemonic, { ...fields, imm }),
    registers: { [rs1]: a },
  }
}

function immediateCases(mnemonic: string, immediates: readonly number[]): IsaCase[] {
  const values = [...CORNERS, 0x55555555, 0xfffff800, 0x000007ff]
  const cases = values.flatMap((a) => immediates.map((imm) => immediateCase(mnemonic, a, imm)))
  for (const imm of [immediates[1], immediates[immediates.length - 1]]) {
    cases.push(
      immediateCase(mnemonic, 0x80000001, imm, { rd: 0, rs1: RS1 }),
      immediateCase(mnemonic, 0x80000001, imm, { rd: RS1, rs1: RS1 }),
      immediateCase(mnemonic, 0, imm, { rd: 31, rs1: 0 }),
    )
  }
  return cases
}

function upperCases(mnemonic: string): IsaCase[] {
  const fields = [0, 1, 0x7ffff, 0x80000, 0xfffff]
  const places = [
    { pc: 0, rd: 1 },
    { pc: PC, rd: 31 },
    { pc: 0xfc, rd: 5 },
    { pc: 0x7c, rd: 0 },
  ]
  return places.flatMap(({ pc, rd }) =>
    fields.map((imm) => ({
      name: `${mnemonic} rd=x${rd} pc=${hex32(pc)} imm=${hex32(imm)}`,
      note: `${mnemonic} x${rd}, ${hex32(imm)}`,
      pc,
      word: assemble(mnemonic, { rd, imm }),
    })),
  )
}

/** Cases of the instructions that touch registers alone, by mnemonic. */
export function arithmeticCases(): Map<string, IsaCase[]> {
  const cases = new Map<string, IsaCase[]>()
  for (const mnemonic of ['lui', 'auipc']) cases.set(mnemonic, upperCases(mnemonic))
  for (const mnemonic of MNEMONICS.immediate) cases.set(mnemonic, immediateCases(mnemonic, [0, 1, -1, 2047, -2048]))
  for (const mnemonic of MNEMONICS.shift) cases.set(mnemonic, immediateCases(mnemonic, [0, 1, 4, 31]))
  for (const mnemonic of MNEMONICS.register) cases.set(mnemonic, registerCases(mnemonic))
  return cases
}
