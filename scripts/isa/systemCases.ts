import { assemble } from './assembler.ts'
import { CODE_END, CORNERS, hex32, type IsaCase, PC } from './case.ts'

const A0 = 10
const A7 = 17
const EXIT = 93

function fenceCases(): IsaCase[] {
  const words = [
    0x0ff0000f, 0x0000000f, 0x8330000f, 0x0100000f, 0x0330000f, 0x0220000f, 0x0110000f, 0x0aa0000f, 0x0550000f,
    0x0fa0000f, 0xfff0000f, 0x1000000f, 0x8000000f, 0x7ff0000f, 0x000f8f8f, 0x00008f8f, 0x000f800f, 0x00000f8f,
    0xffff8f8f, 0x0ff0008f,
  ]
  return words.map((word, i) => ({
    name: `fence ${hex32(word)}`,
    note: 'fence with any fields does nothing',
    pc: i === 0 ? CODE_END - 4 : PC,
    word,
  }))
}

function ecallCase(a7: number, a0: number, pc = PC): IsaCase {
  return {
    name: `ecall a7=${hex32(a7)} a0=${hex32(a0)} pc=${hex32(pc)}`,
    note: a7 === EXIT ? 'exit' : 'environment call',
    pc,
    word: assemble('ecall'),
    registers: { [A7]: a7, [A0]: a0 },
  }
}

function ecallCases(): IsaCase[] {
  const others = [0, 1, 64, 92, 94, 0x5d00, 0x15d, 0x100005d, 0x8000005d, 0xffffffa3, 0xffffffff, 1024, 214, 0x5d5d5d5d]
  return [
    ...[...CORNERS, 42].map((a0) => ecallCase(EXIT, a0)),
    ecallCase(EXIT, 7, 0),
    ecallCase(EXIT, 7, CODE_END - 4),
    ...others.map((a7) => ecallCase(a7, EXIT)),
    ecallCase(64, 7, CODE_END - 4),
  ]
}

function ebreakCases(): IsaCase[] {
  return Array.from({ length: 20 }, (_, i) => ({
    name: `ebreak ${i}`,
    note: i === 0 ? 'ebreak with a7 = 93 is no exit' : 'ebreak',
    pc: [PC, 0, CODE_END - 4, 0x7c, 0x80][i % 5],
    word: assemble('ebreak'),
    registers: { [A7]: i === 0 ? EXIT : i, [A0]: CORNERS[i % CORNERS.length] },
  }))
}

/** Cases of `fence`, `ecall` and `ebreak`, by mnemonic. */
export function systemCases(): Map<string, IsaCase[]> {
  return new Map([
    ['fence', fenceCases()],
    ['ecall', ecallCases()],
    ['ebreak', ebreakCases()],
  ])
}

const nop = assemble('addi')

function pcCase(pc: number, codeEnd: number, note: string): IsaCase {
  const word = pc % 4 === 0 && pc < codeEnd ? { word: nop } : {}
  return { name: `pc=${hex32(pc)} codeEnd=${hex32(codeEnd)}`, note, pc, codeEnd, ...word }
}

/** Steps that end before an instruction is executed: wrong pc, and halted states, which step to themselves. */
export function trapCases(): IsaCase[] {
  const aligned: [number, string][] = [
    [-8, 'the last instruction but one'],
    [-4, 'the last instruction'],
    [0, 'fetch at CODE_END'],
    [4, 'fetch above CODE_END'],
  ]
  const misaligned = [-6, -3, -2, -1, 1, 2, 3]
  const codeEnds = [128, 256, 384, 640, 0x4000, 2 ** 30]
  const bounds = codeEnds.flatMap((codeEnd) => [
    ...aligned.map(([offset, note]) => pcCase(codeEnd + offset, codeEnd, note)),
    ...misaligned.map((offset) => pcCase(codeEnd + offset, codeEnd, 'misaligned before out of range')),
  ])
  const others = [
    1,
    2,
    3,
    PC + 1,
    PC + 2,
    PC + 3,
    0x7ffffffc,
    0x80000000,
    0xfffffefc,
    0xfffffeff,
    0xfffffefe,
    0xfffffefd,
  ]
  const halted = [0xffffff00, 0xffffff10, 0xffffff11, 0xffffff12, 0xffffff13, 0xffffff14, 0xffffff16, 0xffffff17]
  const strange = [0xffffff18, 0xffffff01, 0xffffff04, 0xffffff15, 0xffffff20, 0xffffff80, 0xfffffffc, 0xffffffff]
  return [
    ...bounds,
    ...others.map((pc) => pcCase(pc, CODE_END, 'fetch from a wrong pc')),
    ...[...halted, ...strange].map((pc) => pcCase(pc, CODE_END, 'a halted state steps to itself')),
    { ...pcCase(0xffffff00, 128, 'a halted state steps to itself'), registers: { [A0]: 0, [A7]: EXIT } },
  ]
}
