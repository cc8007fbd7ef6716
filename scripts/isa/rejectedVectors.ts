import { assemble } from './assembler.ts'
import { CODE_END, filler } from './case.ts'
import type { OracleState } from './oracle.ts'
import { type StepVector, stepVector } from './oracleCommitment.ts'

const REGISTERS = 128 * 2
const STATE = 160 * 2
const BLOCK = 128 * 2
const HASH = 32 * 2

function stateWith(pc: number, word: number, x6: number): OracleState {
  const memory = new Map<number, number>()
  for (let i = 0; i < CODE_END; i++) memory.set(i, filler(i) >>> 24)
  for (let i = 0; i < 256; i++) memory.set(0x400 + i, i)
  for (let i = 0; i < 4; i++) memory.set(0x50 + i, Math.floor(word / 2 ** (8 * i)) % 256)
  const x = Array.from({ length: 32 }, (_, i) => (i === 0 ? 0n : BigInt(i === 6 ? x6 : filler(i))))
  return { pc: BigInt(pc), x, memory }
}

type Edit = (witness: string) => string

const swapHashes: (at: number) => Edit = (at) => (w) =>
  w.slice(0, at) + w.slice(at + HASH, at + 2 * HASH) + w.slice(at, at + HASH) + w.slice(at + 2 * HASH)

/** Changes the lowest bit of the byte that starts at hexadecimal digit `at`. */
const flip: (at: number) => Edit = (at) => (w) =>
  w.slice(0, at + 1) + (Number.parseInt(w[at + 1], 16) ^ 1).toString(16) + w.slice(at + 2)

interface Rejection {
  readonly name: string
  readonly base: StepVector
  readonly edit: Edit
  /** Taken from another vector: the code root or the state that the witness is held against. */
  readonly against?: Partial<StepVector>
}

function rejections(): Rejection[] {
  const make = (word: number, x6: number, pc = 0x50): StepVector =>
    stepVector({ name: 'base', note: '', state: stateWith(pc, word, x6), codeEnd: CODE_END })
  const add = make(assemble('add', { rd: 5, rs1: 6, rs2: 7 }), 1)
  const other = make(assemble('add', { rd: 5, rs1: 6, rs2: 7 }), 2)
  const lw = make(assemble('lw', { rd: 5, rs1: 6 }), 0x400)
  const lwNext = make(assemble('lw', { rd: 5, rs1: 6 }), 0x480)
  const sw = make(assemble('sw', { rs1: 6, rs2: 7 }), 0x400)
  const swBelow = make(assemble('sw', { rs1: 6, rs2: 7 }), 0x80)
  const lwMisaligned = make(assemble('lw', { rd: 5, rs1: 6 }), 0x401)
  const halted = make(assemble('addi'), 1, 0xffffff00)
  const dataOf = (vector: StepVector): string => vector.witness.slice(2 + STATE + BLOCK + HASH)
  const codeOf = (vector: StepVector): string => vector.witness.slice(2 + STATE, 2 + STATE + BLOCK + HASH)
  const dataSiblings = STATE + BLOCK + HASH + BLOCK
  return [
    { name: 'empty', base: add, edit: () => '' },
    { name: 'registers alone', base: add, edit: (w) => w.slice(0, REGISTERS) },
    { name: 'state alone', base: add, edit: (w) => w.slice(0, STATE) },
    { name: 'code block without siblings', base: add, edit: (w) => w.slice(0, STATE + BLOCK) },
    { name: 'code sibling twice', base: add, edit: (w) => w + w.slice(-HASH) },
    {
      name: 'code block and sibling exchanged',
      base: add,
      edit: (w) => w.slice(0, STATE) + w.slice(-HASH) + w.slice(STATE, -HASH),
    },
    {
      name: 'code of another program',
      base: lw,
      edit: (w) => w.slice(0, STATE) + codeOf(sw) + w.slice(STATE + BLOCK + HASH),
    },
    { name: 'state of another run', base: add, edit: () => other.witness.slice(2) },
    { name: 'prestate of another run', base: add, edit: (w) => w, against: { prestateHash: other.prestateHash } },
    { name: 'code root of another program', base: add, edit: (w) => w, against: { codeRoot: lw.codeRoot } },
    { name: 'code bound with a higher tree', base: add, edit: (w) => w, against: { codeEnd: 384 } },
    { name: 'code bound with a lower tree', base: add, edit: (w) => w, against: { codeEnd: 128 } },
    { name: 'data block for an instruction without access', base: add, edit: (w) => w + dataOf(lw) },
    { name: 'data block for a store below CODE_END', base: swBelow, edit: (w) => w + dataOf(sw) },
    { name: 'data block for a misaligned load', base: lwMisaligned, edit: (w) => w + dataOf(lw) },
    { name: 'load without data block', base: lw, edit: (w) => w.slice(0, STATE + BLOCK + HASH) },
    { name: 'store without data block', base: sw, edit: (w) => w.slice(0, STATE + BLOCK + HASH) },
    { name: 'load with one sibling less', base: lw, edit: (w) => w.slice(0, -HASH) },
    { name: 'load with one sibling more', base: lw, edit: (w) => w + w.slice(-HASH) },
    { name: 'store with one byte less', base: sw, edit: (w) => w.slice(0, -2) },
    { name: 'store with one byte more', base: sw, edit: (w) => `${w}00` },
    { name: 'block of another address', base: lw, edit: (w) => w.slice(0, STATE + BLOCK + HASH) + dataOf(lwNext) },
    { name: 'data siblings exchanged', base: sw, edit: swapHashes(dataSiblings) },
    { name: 'data before code', base: lw, edit: (w) => w.slice(0, STATE) + dataOf(lw) + codeOf(lw) },
    { name: 'memory root changed', base: add, edit: flip(REGISTERS) },
    { name: 'pc changed', base: add, edit: flip(6) },
    { name: 'x31 changed', base: add, edit: flip(REGISTERS - 2) },
    { name: 'instruction changed', base: add, edit: flip(STATE + 2 * 0x50) },
    { name: 'loaded word changed', base: lw, edit: flip(STATE + BLOCK + HASH) },
    { name: 'last data sibling changed', base: sw, edit: (w) => flip(w.length - 2)(w) },
    { name: 'halted state with a code block', base: halted, edit: (w) => w + codeOf(add) },
    { name: 'halted state with one byte more', base: halted, edit: (w) => `${w}00` },
    {
      name: 'halted state with another prestate',
      base: halted,
      edit: (w) => w,
      against: { prestateHash: add.prestateHash },
    },
  ]
}

/** Witnesses that must be refused; their `poststateHash` is 32 zero bytes. */
export function rejectedVectors(): StepVector[] {
  return rejections().map(({ name, base, edit, against }) => ({
    ...base,
    name,
    witness: `0x${edit(base.witness.slice(2))}`,
    poststateHash: `0x${'00'.repeat(32)}`,
    note: 'must be refused',
    ...against,
  }))
}
