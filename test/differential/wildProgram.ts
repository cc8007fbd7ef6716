import type { MachineImage } from '../../packages/opml/src/vm/machine.ts'
import { assemble, MNEMONICS } from '../../scripts/isa/assembler.ts'
import { wordGenerator } from '../../scripts/isa/case.ts'

/** A program that may do anything, with the registers that it starts with. */
export interface WildProgram {
  readonly image: Pick<MachineImage, 'segments' | 'entry' | 'codeEnd'>
  /** 32 words: pc, x1 … x31. */
  readonly registers: Uint32Array
}

const DATA_ADDRESS = 0x20000

/** Registers that hold addresses and are seldom overwritten; x1 and x5 hold return addresses. */
const POINTERS = [2, 8, 9, 18, 19, 20]
const CODE_POINTER = 21
const KEPT = [0, 1, 5, ...POINTERS, CODE_POINTER]
const WIDTHS: Record<string, number> = { lb: 1, lbu: 1, sb: 1, lh: 2, lhu: 2, sh: 2, lw: 4, sw: 4 }
const CORNERS = [0, 1, 31, 0x7fffffff, 0x80000000, 0xffffffff]

/** Code positions and choices of one program. */
class WildWriter {
  readonly words: number[] = []
  readonly next: () => number
  readonly start: number
  readonly numWords: number

  constructor(seed: number) {
    this.next = wordGenerator(seed)
    this.start = this.pick([0, 0, 0x1000, 0x10f80])
    const blocks = 1 + this.below(3)
    this.numWords = 32 * blocks
  }

  below(bound: number): number {
    return this.next() % bound
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]
  }

  get codeEnd(): number {
    return this.start + 4 * this.numWords
  }

  get pc(): number {
    return this.start + 4 * this.words.length
  }

  /** Seldom a register that the program needs. */
  destination(): number {
    const rd = this.below(32)
    return KEPT.includes(rd) && this.below(16) > 0 ? 10 + this.below(8) : rd
  }

  /** A distance to a place of the code, now and then to the code bound, beyond it or to no instruction at all. */
  distance(): number {
    if (this.below(40) === 0) return this.codeEnd - this.pc
    if (this.below(40) === 0) return this.start - 4 - this.pc
    const target = this.start + 4 * this.below(this.numWords)
    return target - this.pc + (this.below(40) === 0 ? 2 : 0)
  }
}

function access(w: WildWriter): void {
  const mnemonic = w.pick([...MNEMONICS.load, ...MNEMONICS.store])
  const width = WIDTHS[mnemonic]
  // Off the alignment one time in sixty.
  const imm = width * (w.below(64) - 32) + (w.below(60) === 0 ? 1 : 0)
  const rs1 = w.below(12) > 0 ? w.pick([2, 2, 8, 9]) : w.pick(POINTERS)
  w.words.push(assemble(mnemonic, { rd: w.destination(), rs1, rs2: w.below(32), imm }))
}

function farJump(w: WildWriter): void {
  const rd = w.pick([1, 5, 6])
  w.words.push(assemble('auipc', { rd, imm: 0 }))
  const imm = Math.max(-2048, Math.min(2047, w.distance() + 4))
  w.words.push(assemble('jalr', { rd: w.pick([0, 1, 5]), rs1: rd, imm }))
}

const clampBranch = (imm: number): number => Math.max(-4096, Math.min(4094, imm))

const PIECES: readonly (readonly [number, (w: WildWriter) => void])[] = [
  [
    30,
    (w) =>
      w.words.push(assemble(w.pick(MNEMONICS.register), { rd: w.destination(), rs1: w.below(32), rs2: w.below(32) })),
  ],
  [
    12,
    (w) =>
      w.words.push(
        assemble(w.pick(MNEMONICS.immediate), { rd: w.destination(), rs1: w.below(32), imm: w.below(4096) - 2048 }),
      ),
  ],
  [
    6,
    (w) => w.words.push(assemble(w.pick(MNEMONICS.shift), { rd: w.destination(), rs1: w.below(32), imm: w.below(32) })),
  ],
  [4, (w) => w.words.push(assemble(w.pick(['lui', 'auipc']), { rd: w.destination(), imm: w.below(2 ** 20) }))],
  [
    6,
    (w) => {
      const rd = w.pick([2, 8, 9])
      w.words.push(assemble('addi', { rd, rs1: rd, imm: 4 * (w.below(16) - 8) }))
    },
  ],
  [2, (w) => w.words.push(assemble('addi', { rd: w.pick([10, 11]), rs1: w.pick(POINTERS), imm: 4 * w.below(8) }))],
  [
    3,
    (w) => {
      const [rd, offset] = [w.pick([2, 8, 9]), w.pick([12, 13])]
      w.words.push(assemble('andi', { rd: offset, rs1: w.below(32), imm: 28 }))
      w.words.push(assemble(w.pick(['add', 'sub']), { rd, rs1: rd, rs2: offset }))
    },
  ],
  [1, (w) => w.words.push(assemble('fence'))],
  [30, access],
  [
    16,
    (w) => {
      const [rs1, rs2] = [w.below(32), w.below(32)]
      w.words.push(assemble(w.pick(MNEMONICS.branch), { rs1, rs2, imm: clampBranch(w.distance()) }))
    },
  ],
  [6, (w) => w.words.push(assemble('jal', { rd: w.pick([0, 0, 1, 1, 5, 7]), imm: w.distance() }))],
  [4, (w) => w.words.push(assemble('jalr', { rd: w.pick([0, 0, 0, 1, 7]), rs1: w.pick([1, 1, 1, 5]), imm: 0 }))],
  [
    2,
    (w) =>
      w.words.push(
        assemble('jalr', { rd: w.pick([0, 1, CODE_POINTER]), rs1: CODE_POINTER, imm: w.below(64) * 2 - 64 }),
      ),
  ],
  [3, farJump],
  [1, (w) => w.words.push(w.pick([0, 0xffffffff, w.next(), assemble('ecall'), assemble('ebreak')]))],
]

function emitPiece(w: WildWriter): void {
  let ticket = w.below(PIECES.reduce((sum, [weight]) => sum + weight, 0))
  for (const [weight, emit] of PIECES) {
    ticket -= weight
    if (ticket >= 0) continue
    emit(w)
    return
  }
}

/** Addresses at which executors err, and plain data. */
function pointer(w: WildWriter, register: number): number {
  if (register === 18) return w.codeEnd + 4 * (w.below(40) - 20)
  if (register === 19) return 0xffe80000 + 4 * (w.below(80) - 40)
  if (register === 20) return (w.pick([0, 0xffffff00, 0xfff00000]) + 4 * (w.below(64) - 32)) >>> 0
  return DATA_ADDRESS + 4096 * w.below(4) + 4 * (w.below(80) - 40)
}

function startRegisters(w: WildWriter): Uint32Array {
  const registers = new Uint32Array(32)
  for (let i = 1; i < 32; i++) registers[i] = w.below(2) === 0 ? w.pick(CORNERS) : w.next()
  for (const i of POINTERS) registers[i] = pointer(w, i)
  for (const i of [1, 5, CODE_POINTER]) registers[i] = w.start + 4 * w.below(w.numWords)
  if (w.below(8) === 0) registers[1] += 1 + w.below(3)
  registers[0] = w.start + 4 * w.below(w.numWords)
  return registers
}

/**
 * A random program that loops, traps, jumps to the middle of its blocks and accesses the edges of memory: every word may be
 * reached from anywhere. It fills its code up to CODE_END and may never end. The same seed gives the same program.
 */
export function wildProgram(seed: number): WildProgram {
  const w = new WildWriter(seed)
  while (w.words.length < w.numWords) emitPiece(w)
  w.words.length = w.numWords
  const bytes = new Uint8Array(4 * w.numWords)
  const view = new DataView(bytes.buffer)
  w.words.forEach((word, i) => view.setUint32(4 * i, word, true))
  const data = new Uint8Array(0x4000)
  for (let i = 0; i < data.length; i++) data[i] = w.next() >>> 24
  const segments = [
    { address: w.start, bytes },
    { address: DATA_ADDRESS, bytes: data },
  ]
  const registers = startRegisters(w)
  return { image: { segments, entry: w.start, codeEnd: w.codeEnd }, registers }
}
