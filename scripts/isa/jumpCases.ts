import { assemble, MNEMONICS } from './assembler.ts'
import { CODE_END, CORNERS, hex32, type IsaCase, PC } from './case.ts'

const RS1 = 6
const RS2 = 7

/** Operands for which each branch is taken. */
const TAKEN: Record<string, readonly [number, number]> = {
  beq: [0x80000000, 0x80000000],
  bne: [1, 0xffffffff],
  blt: [0xffffffff, 0],
  bge: [0, 0x80000000],
  bltu: [0, 0x80000000],
  bgeu: [0xffffffff, 0],
}

/** Operands for which each branch falls through. */
const NOT_TAKEN: Record<string, readonly [number, number]> = {
  beq: [0, 1],
  bne: [0x7fffffff, 0x7fffffff],
  blt: [0, 0xffffffff],
  bge: [0x80000000, 0],
  bltu: [0x80000000, 0],
  bgeu: [0, 0xffffffff],
}

/** Where a jump goes from `pc` with `imm`: both ends, both directions, and each side of the code bound. */
interface Leap {
  readonly what: string
  readonly pc: number
  readonly imm: number
  readonly codeEnd?: number
}

const LEAPS: readonly Leap[] = [
  { what: 'to itself', pc: PC, imm: 0 },
  { what: 'forward', pc: PC, imm: 8 },
  { what: 'backward', pc: PC, imm: -8 },
  { what: 'to the first instruction', pc: PC, imm: -PC },
  { what: 'to the last instruction', pc: PC, imm: CODE_END - 4 - PC },
  { what: 'to CODE_END', pc: PC, imm: CODE_END - PC },
  { what: 'to CODE_END + 4', pc: PC, imm: CODE_END + 4 - PC },
  { what: 'from the last instruction backward', pc: CODE_END - 4, imm: -4 },
  { what: 'misaligned by 2, forward', pc: PC, imm: 6 },
  { what: 'misaligned by 2, backward', pc: PC, imm: -2 },
  { what: 'misaligned and beyond CODE_END', pc: PC, imm: CODE_END + 2 - PC },
  { what: 'below 0, aligned', pc: 4, imm: -8 },
  { what: 'below 0, misaligned', pc: 4, imm: -6 },
  { what: 'to CODE_END that is no power of two', pc: PC, imm: 384 - PC, codeEnd: 384 },
  { what: 'to the last instruction below 384', pc: PC, imm: 380 - PC, codeEnd: 384 },
]

const BRANCH_ENDS: readonly Leap[] = [
  { what: 'farthest forward', pc: 0x2000, imm: 4092, codeEnd: 0x4000 },
  { what: 'farthest forward, misaligned', pc: 0x2000, imm: 4094, codeEnd: 0x4000 },
  { what: 'farthest backward', pc: 0x2000, imm: -4096, codeEnd: 0x4000 },
]

const JAL_ENDS: readonly Leap[] = [
  { what: 'farthest forward', pc: 0x100000, imm: 1048572, codeEnd: 0x200000 },
  { what: 'farthest forward, misaligned', pc: 0x100000, imm: 1048574, codeEnd: 0x200000 },
  { what: 'farthest backward', pc: 0x100000, imm: -1048576, codeEnd: 0x200000 },
  { what: 'by 2048, where bit 11 is set', pc: 0x100000, imm: 2048, codeEnd: 0x200000 },
  { what: 'by 4096, where bit 12 is set', pc: 0x100000, imm: 4096, codeEnd: 0x200000 },
]

function branchCase(mnemonic: string, leap: Leap, isTaken: boolean): IsaCase {
  const [a, b] = (isTaken ? TAKEN : NOT_TAKEN)[mnemonic]
  const { what, pc, imm, codeEnd = CODE_END } = leap
  return {
    name: `${mnemonic} ${isTaken ? 'taken' : 'not taken'} ${what}`,
    note: `${mnemonic} x${RS1}, x${RS2}, ${imm}`,
    pc,
    word: assemble(mnemonic, { rs1: RS1, rs2: RS2, imm }),
    registers: { [RS1]: a, [RS2]: b },
    codeEnd,
  }
}

function branchCases(mnemonic: string): IsaCase[] {
  const compared = CORNERS.flatMap((a, i) =>
    CORNERS.map((b, j) => ({
      name: `${mnemonic} ${hex32(a)} ${hex32(b)}`,
      note: `${mnemonic} x${RS1}, x${RS2}, ${(i + j) % 2 === 0 ? 16 : -16}`,
      pc: PC,
      word: assemble(mnemonic, { rs1: RS1, rs2: RS2, imm: (i + j) % 2 === 0 ? 16 : -16 }),
      registers: { [RS1]: a, [RS2]: b },
    })),
  )
  const leaps = [...LEAPS, ...BRANCH_ENDS]
  const same = { pc: PC, name: `${mnemonic} rs1=rs2`, note: `${mnemonic} x6, x6, 8`, registers: { [RS1]: 5 } }
  const zero = { pc: PC, name: `${mnemonic} rs1=x0`, note: `${mnemonic} x0, x7, 8`, registers: { [RS2]: 0x80000000 } }
  return [
    ...compared,
    ...leaps.map((leap) => branchCase(mnemonic, leap, true)),
    ...leaps.map((leap) => branchCase(mnemonic, leap, false)),
    { ...same, word: assemble(mnemonic, { rs1: RS1, rs2: RS1, imm: 8 }) },
    { ...zero, word: assemble(mnemonic, { rs1: 0, rs2: RS2, imm: 8 }) },
  ]
}

function jalCases(): IsaCase[] {
  return [...LEAPS, ...JAL_ENDS].flatMap(({ what, pc, imm, codeEnd = CODE_END }) =>
    [1, 0].map((rd) => ({
      name: `jal rd=x${rd} ${what}`,
      note: `jal x${rd}, ${imm}`,
      pc,
      word: assemble('jal', { rd, imm }),
      codeEnd,
    })),
  )
}

/** Targets of `jalr` as base register and immediate. */
const JALR_TARGETS: readonly [what: string, base: number, imm: number][] = [
  ['to the register', 0x10, 0],
  ['immediate forward', 0x10, 4],
  ['immediate backward', 0x20, -4],
  ['immediate 2047', 0x10, 2047],
  ['immediate 2047 reached from below 0', 0xfffff8a1, 2047],
  ['immediate -2048', 0x840, -2048],
  ['sum passes 2^32', 0xfffffffc, 8],
  ['sum below 0', 4, -8],
  ['bit 0 cleared', 0x41, 0],
  ['bit 0 cleared after the sum', 0x40, 1],
  ['bits 0 carry', 0x3f, 1],
  ['bit 1 set', 0x42, 0],
  ['bits 0 and 1 set', 0x43, 0],
  ['bit 1 from the immediate', 0x40, 2],
  ['to CODE_END - 4', CODE_END - 4, 0],
  ['to CODE_END - 3, bit 0 cleared', CODE_END - 3, 0],
  ['to CODE_END', CODE_END, 0],
  ['to CODE_END + 1, bit 0 cleared', CODE_END + 1, 0],
  ['misaligned and beyond CODE_END', CODE_END + 2, 0],
  ['to the pc that means exit', 0xffffff00, 0],
  ['to the pc that means a trap', 0xffffff12, -2],
  ['to the top word', 0xffffffff, 0],
  ['to itself', PC, 0],
]

function jalrCases(): IsaCase[] {
  const forms = [
    { rd: 1, rs1: RS1 },
    { rd: 0, rs1: RS1 },
    { rd: RS1, rs1: RS1 },
  ]
  const cases = forms.flatMap((form) =>
    JALR_TARGETS.map(([what, base, imm]) => ({
      name: `jalr rd=x${form.rd} ${what}`,
      note: `jalr x${form.rd}, ${imm}(x${form.rs1})`,
      pc: PC,
      word: assemble('jalr', { ...form, imm }),
      registers: { [RS1]: base },
    })),
  )
  const zero = (imm: number): IsaCase => ({
    name: `jalr rs1=x0 imm=${imm}`,
    note: `jalr x1, ${imm}(x0)`,
    pc: PC,
    word: assemble('jalr', { rd: 1, rs1: 0, imm }),
  })
  return [...cases, zero(0x20), zero(0), zero(-4)]
}

/** Cases of jumps and branches, by mnemonic. */
export function jumpCases(): Map<string, IsaCase[]> {
  const cases = new Map([
    ['jal', jalCases()],
    ['jalr', jalrCases()],
  ])
  for (const mnemonic of MNEMONICS.branch) cases.set(mnemonic, branchCases(mnemonic))
  return cases
}
