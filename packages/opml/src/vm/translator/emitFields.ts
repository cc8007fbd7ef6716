import type { InstructionFormat } from '../isa.ts'
import { type CodeWriter, Op } from './wasm.ts'

/** Pushes four times the number of the register whose field begins at bit `low` of the word in local `word`. */
export function emitRegisterOffset(code: CodeWriter, word: number, low: number): void {
  code.indexed(Op.localGet, word)
  code.i32(low - 2)
  code.op(Op.i32ShrU)
  code.i32(31 << 2)
  code.op(Op.i32And)
}

/** Pushes the bits `from` to `from + count − 1` of the word at bit `to`, and ORs them to what was pushed before. */
function emitField(code: CodeWriter, word: number, p: { from: number; count: number; to: number }): void {
  code.indexed(Op.localGet, word)
  code.i32(Math.abs(p.from - p.to))
  code.op(p.from < p.to ? Op.i32Shl : Op.i32ShrU)
  code.i32((2 ** p.count - 1) << p.to)
  code.op(Op.i32And)
  code.op(Op.i32Or)
}

/** Pushes the word shifted right by `shift`, its sign kept, with the bits below `low` cleared. */
function emitSigned(code: CodeWriter, word: number, p: { shift: number; low: number }): void {
  code.indexed(Op.localGet, word)
  if (p.shift > 0) {
    code.i32(p.shift)
    code.op(Op.i32ShrS)
  }
  if (p.low === 0) return
  code.i32(-1 << p.low)
  code.op(Op.i32And)
}

/** Pushes the immediate of the instruction in local `word`, as `immediateOf` has it but for shifts: they take it modulo 32. */
export function emitImmediate(code: CodeWriter, word: number, format: InstructionFormat): void {
  switch (format) {
    case 'I':
    case 'load':
    case 'shift':
      emitSigned(code, word, { shift: 20, low: 0 })
      return
    case 'S':
      emitSigned(code, word, { shift: 20, low: 5 })
      emitField(code, word, { from: 7, count: 5, to: 0 })
      return
    case 'B':
      emitSigned(code, word, { shift: 31, low: 12 })
      emitField(code, word, { from: 7, count: 1, to: 11 })
      emitField(code, word, { from: 25, count: 6, to: 5 })
      emitField(code, word, { from: 8, count: 4, to: 1 })
      return
    case 'U':
      emitSigned(code, word, { shift: 0, low: 12 })
      return
    case 'J':
      emitSigned(code, word, { shift: 31, low: 20 })
      emitField(code, word, { from: 12, count: 8, to: 12 })
      emitField(code, word, { from: 20, count: 1, to: 11 })
      emitField(code, word, { from: 21, count: 10, to: 1 })
      return
    case 'R':
    case 'fence':
    case 'system':
      code.i32(0)
  }
}
