import { assemble, loadConstant, MNEMONICS } from '../../scripts/isa/assembler.ts'
import { wordGenerator } from '../../scripts/isa/case.ts'

/** Where the final registers x0 … x31 are stored, 32 words; before them lies the data that a program reads and writes. */
export const REGISTERS_OFFSET = 1024

/** Memory of one program: data, registers, and room. */
export const WINDOW_BYTES = 2048

/** The base register points into the middle of the data, so that loads and stores reach it with both signs. */
const BASE_OFFSET = 512

const CORNERS = [
  0, 1, 2, 3, 31, 32, 0x7ff, 0x800, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
]

const WIDTHS: Record<string, number> = { lb: 1, lbu: 1, sb: 1, lh: 2, lhu: 2, sh: 2, lw: 4, sw: 4 }

/** A way to emit a piece of program, and how often it is chosen. */
type Piece = readonly [weight: number, emit: (writer: ProgramWriter, depth: number) => void]

/** Collects the words of one program. Reserved registers (the base, loop counters) are never a destination. */
class ProgramWriter {
  readonly words: number[] = []
  readonly base: number
  readonly #next: () => number
  readonly #reserved: number[]

  constructor(seed: number) {
    this.#next = wordGenerator(seed)
    this.base = 1 + this.below(31)
    this.#reserved = [this.base]
  }

  /** 0 to bound − 1. */
  below(bound: number): number {
    return this.#next() % bound
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]
  }

  /** A word, every second time one at which implementations err. */
  value(): number {
    return this.below(2) === 0 ? this.pick(CORNERS) : this.#next()
  }

  destination(): number {
    let rd = this.below(32)
    while (this.#reserved.includes(rd)) rd = this.below(32)
    return rd
  }

  /** A destination that is not x0. */
  temporary(): number {
    let rd = this.destination()
    while (rd === 0) rd = this.destination()
    return rd
  }

  source(): number {
    return this.below(32)
  }

  add(...words: number[]): void {
    this.words.push(...words)
  }

  /** Emits one word later, when the distance from here (in bytes) is known. */
  reserveJump(): (make: (distance: number) => number) => void {
    const at = this.words.push(0) - 1
    return (make) => {
      this.words[at] = make(4 * (this.words.length - at))
    }
  }

  withReserved(register: number, emit: () => void): void {
    this.#reserved.push(register)
    emit()
    this.#reserved.pop()
  }

  pieces(count: number, depth: number): void {
    const total = PIECES.reduce((sum, [weight]) => sum + weight, 0)
    for (let i = 0; i < count; i++) {
      let ticket = this.below(total)
      const piece = PIECES.find(([weight]) => (ticket -= weight) < 0) as Piece
      piece[1](this, depth)
    }
  }
}

const immediate12 = (w: ProgramWriter): number => w.pick([w.below(4096) - 2048, w.below(16) - 8, -2048, 2047, 0])

function emitRegister(w: ProgramWriter): void {
  w.add(assemble(w.pick(MNEMONICS.register), { rd: w.destination(), rs1: w.source(), rs2: w.source() }))
}

function emitImmediate(w: ProgramWriter): void {
  w.add(assemble(w.pick(MNEMONICS.immediate), { rd: w.destination(), rs1: w.source(), imm: immediate12(w) }))
}

function emitShift(w: ProgramWriter): void {
  w.add(assemble(w.pick(MNEMONICS.shift), { rd: w.destination(), rs1: w.source(), imm: w.below(32) }))
}

function emitUpper(w: ProgramWriter): void {
  w.add(assemble(w.pick(['lui', 'auipc']), { rd: w.destination(), imm: w.below(2 ** 20) }))
}

function emitConstant(w: ProgramWriter): void {
  w.add(...loadConstant(w.temporary(), w.value()))
}

function emitFence(w: ProgramWriter): void {
  w.add(assemble('fence', { imm: 0x0ff }))
}

/** A load or store at a fixed offset from the base. */
function emitAccess(w: ProgramWriter): void {
  const mnemonic = w.pick([...MNEMONICS.load, ...MNEMONICS.store])
  const imm = WIDTHS[mnemonic] * w.below(REGISTERS_OFFSET / WIDTHS[mnemonic]) - BASE_OFFSET
  w.add(assemble(mnemonic, { rd: w.destination(), rs1: w.base, rs2: w.source(), imm }))
}

/** A load or store whose address depends on a register: base + (register mod 256) + imm. */
function emitComputedAccess(w: ProgramWriter): void {
  const mnemonic = w.pick([...MNEMONICS.load, ...MNEMONICS.store])
  const width = WIDTHS[mnemonic]
  const address = w.temporary()
  w.add(assemble('andi', { rd: address, rs1: w.source(), imm: 256 - width }))
  w.add(assemble('add', { rd: address, rs1: address, rs2: w.base }))
  const imm = width * w.below(768 / width) - BASE_OFFSET
  w.add(assemble(mnemonic, { rd: w.destination(), rs1: address, rs2: w.source(), imm }))
}

/** A branch over some pieces. */
function emitForward(w: ProgramWriter, depth: number): void {
  const [mnemonic, rs1, rs2] = [w.pick(MNEMONICS.branch), w.source(), w.source()]
  const patch = w.reserveJump()
  w.pieces(1 + w.below(4), depth + 1)
  patch((imm) => assemble(mnemonic, { rs1, rs2, imm }))
}

/** A loop of 1 to 6 rounds, closed by one of three branches. */
function emitLoop(w: ProgramWriter, depth: number): void {
  if (depth >= 2) return emitForward(w, depth)
  const counter = w.temporary()
  w.withReserved(counter, () => {
    w.add(assemble('addi', { rd: counter, rs1: 0, imm: 1 + w.below(6) }))
    const start = w.words.length
    w.pieces(1 + w.below(6), depth + 1)
    w.add(assemble('addi', { rd: counter, rs1: counter, imm: -1 }))
    const imm = 4 * (start - w.words.length)
    const [mnemonic, rs1, rs2] = w.pick([
      ['bne', counter, 0],
      ['blt', 0, counter],
      ['bltu', 0, counter],
    ] as const)
    w.add(assemble(mnemonic, { rs1, rs2, imm }))
  })
}

/** A jump over some pieces, with the return address in any register. */
function emitJump(w: ProgramWriter, depth: number): void {
  const rd = w.destination()
  const patch = w.reserveJump()
  w.pieces(1 + w.below(3), depth + 1)
  patch((imm) => assemble('jal', { rd, imm }))
}

/** An indirect jump over some pieces; bit 0 of the target is set every second time and must be ignored. */
function emitIndirectJump(w: ProgramWriter, depth: number): void {
  const target = w.temporary()
  const rd = w.destination()
  const bit0 = w.below(2)
  w.add(assemble('auipc', { rd: target, imm: 0 }))
  const patch = w.reserveJump()
  w.pieces(1 + w.below(3), depth + 1)
  patch((distance) => assemble('jalr', { rd, rs1: target, imm: distance + 4 + bit0 }))
}

/** Three blocks executed out of order: 2, 1, then on; the second jump goes backward. */
function emitScrambled(w: ProgramWriter, depth: number): void {
  const toSecond = w.reserveJump()
  const first = w.words.length
  w.pieces(1 + w.below(2), depth + 1)
  const toEnd = w.reserveJump()
  toSecond((imm) => assemble('jal', { imm }))
  w.pieces(1 + w.below(2), depth + 1)
  w.add(assemble('jal', { rd: w.destination(), imm: 4 * (first - w.words.length) }))
  toEnd((imm) => assemble('jal', { imm }))
}

const MAX_DEPTH = 3

/** Pieces with pieces inside them become plain ones where they are nested too deep. */
function nested(emit: Piece[1]): Piece[1] {
  return (w, depth) => (depth < MAX_DEPTH ? emit(w, depth) : emitRegister(w))
}

const PIECES: readonly Piece[] = [
  [40, emitRegister],
  [16, emitImmediate],
  [8, emitShift],
  [4, emitUpper],
  [8, emitConstant],
  [1, emitFence],
  [14, emitAccess],
  [8, emitComputedAccess],
  [8, nested(emitForward)],
  [5, nested(emitLoop)],
  [3, nested(emitJump)],
  [3, nested(emitIndirectJump)],
  [2, nested(emitScrambled)],
]

/** Where a program lies. Both addresses are multiples of 4. */
export interface ProgramPlace {
  /** Of its first instruction; jumps are relative, so the words do not depend on it, but `auipc` and links do. */
  readonly address: number
  /** Of its window of {@link WINDOW_BYTES} bytes, at or above CODE_END. */
  readonly dataAddress: number
}

/**
 * The words of a random RV32IM program that never traps and always ends: it sets every register, works on its window, and
 * stores x0 … x31 behind the data. It falls through its end.
 *
 * The same seed gives the same program. Every instruction of the table but `ecall` and `ebreak` occurs in some program.
 */
export function randomProgram(seed: number, place: ProgramPlace): number[] {
  const w = new ProgramWriter(seed)
  for (let rd = 1; rd < 32; rd++)
    w.add(...loadConstant(rd, rd === w.base ? place.dataAddress + BASE_OFFSET : w.value()))
  w.pieces(40 + w.below(60), 0)
  for (let i = 0; i < 32; i++) {
    w.add(assemble('sw', { rs1: w.base, rs2: i, imm: REGISTERS_OFFSET - BASE_OFFSET + 4 * i }))
  }
  return w.words
}

/** The bytes of a program's window before it runs: random data, zeros behind. */
export function randomData(seed: number): Uint8Array {
  const next = wordGenerator(seed ^ 0x5eed)
  const bytes = new Uint8Array(WINDOW_BYTES)
  for (let i = 0; i < REGISTERS_OFFSET; i++) bytes[i] = next() >>> 24
  return bytes
}
