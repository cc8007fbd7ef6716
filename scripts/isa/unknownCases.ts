import { assemble, MNEMONICS, rWord } from './assembler.ts'
import { hex32, type IsaCase, PC } from './case.ts'

/** Encodings of other instruction sets that a decoder must not take for its own, by name. */
const NAMED: readonly [name: string, word: number][] = [
  ['all zero', 0x00000000],
  ['all one', 0xffffffff],
  ['c.addi x1, 1 twice', 0x00850085],
  ['c.nop twice', 0x00010001],
  ['c.ebreak', 0x90029002],
  ['c.ret', 0x80828082],
  ['c.lw', 0x4398439c],
  ['ld x5, 0(x6)', 0x00033283],
  ['lwu x5, 0(x6)', 0x00036283],
  ['load with funct3 7', 0x00037283],
  ['sd x7, 0(x6)', 0x00733023],
  ['addiw x5, x6, 1', 0x0013029b],
  ['slliw x5, x6, 1', 0x0013129b],
  ['addw x5, x6, x7', 0x007302bb],
  ['subw x5, x6, x7', 0x407302bb],
  ['mulw x5, x6, x7', 0x027302bb],
  ['divw x5, x6, x7', 0x027342bb],
  ['slli with a 6-bit amount of 32', 0x02031293],
  ['srli with a 6-bit amount of 63', 0x03f35293],
  ['srai with a 6-bit amount of 63', 0x43f35293],
  ['fence.i', 0x0000100f],
  ['cbo.zero', 0x0043200f],
  ['csrrw x5, mstatus, x6', 0x300312f3],
  ['csrrs x5, cycle, x0', 0xc00022f3],
  ['csrrc x5, fflags, x6', 0x001332f3],
  ['csrrwi x0, mscratch, 3', 0x3401d073],
  ['csrrsi x0, mstatus, 8', 0x30046073],
  ['csrrci x0, mstatus, 8', 0x30047073],
  ['system with funct3 4', 0x00004073],
  ['uret', 0x00200073],
  ['sret', 0x10200073],
  ['mret', 0x30200073],
  ['wfi', 0x10500073],
  ['sfence.vma', 0x12000073],
  ['ecall with rd = x1', 0x000000f3],
  ['ecall with rs1 = x1', 0x00008073],
  ['ecall with bit 31 set', 0x80000073],
  ['ebreak with rd = x1', 0x001000f3],
  ['ebreak with rs1 = x1', 0x00108073],
  ['jalr with funct3 1', 0x000310e7],
  ['jalr with funct3 7', 0x000370e7],
  ['branch with funct3 2', 0x00732463],
  ['branch with funct3 3', 0x00733463],
  ['store with funct3 4', 0x00734023],
  ['store with funct3 7', 0x00737023],
  ['lr.w x5, (x6)', 0x100322af],
  ['sc.w x5, x7, (x6)', 0x187322af],
  ['amoadd.w x5, x7, (x6)', 0x007322af],
  ['amoswap.w x5, x7, (x6)', 0x087322af],
  ['flw f5, 0(x6)', 0x00032287],
  ['fsw f5, 0(x6)', 0x00532027],
  ['fld f5, 0(x6)', 0x00033287],
  ['fadd.s f5, f6, f7', 0x007302d3],
  ['fmadd.s f5, f6, f7, f8', 0x407302c3],
  ['fmv.x.w x5, f6', 0xe00302d3],
  ['fcvt.w.s x5, f6', 0xc00302d3],
  ['vadd.vv v1, v2, v3', 0x022180d7],
  ['vsetvli x5, x6, e32', 0x010372d7],
  ['sh1add x5, x6, x7', 0x207322b3],
  ['andn x5, x6, x7', 0x407372b3],
  ['min x5, x6, x7', 0x0a7342b3],
  ['clz x5, x6', 0x60031293],
  ['rev8 x5, x6', 0x69835293],
  ['clmul x5, x6, x7', 0x0a7312b3],
  ['czero.eqz x5, x6, x7', 0x0e7352b3],
  ['custom-0', 0x0000000b],
  ['custom-1', 0x0000002b],
  ['prefix of 48 bits', 0x0000001f],
  ['prefix of 64 bits', 0x0000003f],
  ['prefix of 80 bits', 0x0000007f],
]

/** The opcodes of RV32IM (word modulo 128). */
const OPCODES = new Set([0x37, 0x17, 0x6f, 0x67, 0x63, 0x03, 0x23, 0x13, 0x33, 0x0f, 0x73])

/** `add`'s fields under every opcode that RV32IM does not have, compressed ones included. */
function wrongOpcodes(): [string, number][] {
  const opcodes = Array.from({ length: 128 }, (_, i) => i).filter((opcode) => !OPCODES.has(opcode))
  return opcodes.map((opcode) => [`opcode ${opcode}`, rWord(opcode, 0, 0, { rd: 5, rs1: 6, rs2: 7 })])
}

/** Every one-bit change of funct7 that makes no other instruction. */
function wrongFunct7(): [string, number][] {
  const legal = new Set(
    [...MNEMONICS.register, ...MNEMONICS.shift].map((m) => assemble(m, { rd: 5, rs1: 6, rs2: 7, imm: 7 })),
  )
  return [...MNEMONICS.register, ...MNEMONICS.shift].flatMap((mnemonic) => {
    const word = assemble(mnemonic, { rd: 5, rs1: 6, rs2: 7, imm: 7 })
    const flipped = Array.from({ length: 7 }, (_, bit) => (word ^ (1 << (25 + bit))) >>> 0)
    const illegal = flipped.filter((candidate) => !legal.has(candidate))
    return illegal.map((w): [string, number] => [`${mnemonic} with funct7 ${w >>> 25}`, w])
  })
}

/** Encodings that no row of the table matches. */
export function unknownCases(): IsaCase[] {
  return [...NAMED, ...wrongOpcodes(), ...wrongFunct7()].map(([name, word]) => ({
    name,
    note: `illegal instruction ${hex32(word)}`,
    pc: PC,
    word,
    registers: { 6: 0x404, 7: 3 },
  }))
}
