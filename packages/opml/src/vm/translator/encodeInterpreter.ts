import type { InstructionFormat, IsaRow } from '../isa.ts'
import { ACCESS_BYTES } from './accessPlan.ts'
import { dispatchKeys, NOT_IN_KEY } from './dispatchKeys.ts'
import { ACCESS_OPCODE } from './emitAccess.ts'
import { CONDITION, emitOperation, type Operands } from './emitArithmetic.ts'
import { emitImmediate, emitRegisterOffset } from './emitFields.ts'
import {
  DIRTY_TABLE_START,
  EXIT_REASON_ADDRESS,
  ExitReason,
  HEAT_ENTRIES,
  HEAT_START,
  REGISTERS_START,
  RESERVED_START,
} from './layout.ts'
import { CodeWriter, encodeModule, Op, type WasmFunction } from './wasm.ts'

/** Parameters and locals of the function. */
const [BUDGET, CODE_END, FETCH_END, THRESHOLD, PC, WORD, A, B, VALUE, TARGET] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const NUM_PARAMETERS = 4
const NUM_LOCALS = 6

/** Operands of the emitted operation: pseudo-registers 1 and 2 are the locals A and B. */
const OPERANDS: Operands = {
  get: (code, register) => code.indexed(Op.localGet, register === 1 ? A : B),
}

/** A label by the number of labels that were open outside it. */
type Label = number

const log2 = (bytes: 0 | 1 | 2 | 4): number => Math.floor(bytes / 2)

/** Writes the function `interpret`. */
class InterpreterEmitter {
  readonly #code = new CodeWriter()
  #depth = 0
  /** Continues at the next instruction. */
  #sequential: Label = 0
  /** Continues at TARGET, which is a valid pc. */
  #taken: Label = 0
  /** Writes VALUE to rd and continues at the next instruction. */
  #write: Label = 0
  /** Ends before the instruction, which is left to `step()`. */
  #refuse: Label = 0

  emit(): WasmFunction {
    const code = this.#code
    code.i32(0)
    code.memory(Op.i32Load, 2, REGISTERS_START)
    code.indexed(Op.localSet, PC)
    this.#clearX0()
    const out = this.#open(Op.block)
    this.#refuse = this.#open(Op.block)
    // Only the first pc can be misaligned: jumps check their targets.
    this.#get(PC)
    code.i32(3)
    code.op(Op.i32And)
    this.#branch(Op.brIf, this.#refuse)
    const next = this.#open(Op.loop)
    this.#fetch(out)
    this.#taken = this.#open(Op.block)
    this.#sequential = this.#open(Op.block)
    this.#write = this.#open(Op.block)
    this.#dispatch()
    this.#close()
    this.#writeRd()
    this.#close()
    this.#get(PC)
    this.#add(4)
    code.indexed(Op.localSet, PC)
    this.#retire()
    this.#branch(Op.br, next)
    this.#close()
    this.#jump(out)
    this.#branch(Op.br, next)
    this.#close()
    this.#close()
    code.i32(0)
    code.i32(ExitReason.mustInterpret)
    code.memory(Op.i32Store, 2, EXIT_REASON_ADDRESS)
    this.#close()
    code.i32(0)
    this.#get(PC)
    code.memory(Op.i32Store, 2, REGISTERS_START)
    this.#get(BUDGET)
    return {
      name: 'interpret',
      numParameters: NUM_PARAMETERS,
      hasResult: true,
      numLocals: NUM_LOCALS,
      code: code.view(),
    }
  }

  #open(opcode: number): Label {
    this.#code.open(opcode)
    return this.#depth++
  }

  #close(): void {
    this.#code.op(Op.end)
    this.#depth--
  }

  #branch(opcode: number, label: Label): void {
    this.#code.indexed(opcode, this.#depth - 1 - label)
  }

  #get(local: number): void {
    this.#code.indexed(Op.localGet, local)
  }

  #add(value: number): void {
    this.#code.i32(value)
    this.#code.op(Op.i32Add)
  }

  /** While the function runs, the pc is a local and its place in the state holds x0. */
  #clearX0(): void {
    this.#code.i32(0)
    this.#code.i32(0)
    this.#code.memory(Op.i32Store, 2, REGISTERS_START)
  }

  /** Sets WORD and the operands A and B; ends when the budget is used up or nothing can be fetched at the pc. */
  #fetch(out: Label): void {
    const code = this.#code
    this.#get(BUDGET)
    code.op(Op.i32Eqz)
    this.#branch(Op.brIf, out)
    this.#get(PC)
    this.#get(FETCH_END)
    code.op(Op.i32GeU)
    this.#branch(Op.brIf, this.#refuse)
    this.#get(PC)
    code.memory(Op.i32Load, 2, 0)
    code.indexed(Op.localSet, WORD)
    for (const [local, low] of [
      [A, 15],
      [B, 20],
    ]) {
      emitRegisterOffset(code, WORD, low)
      code.memory(Op.i32Load, 2, REGISTERS_START)
      code.indexed(Op.localSet, local)
    }
    this.#get(WORD)
    code.i32(3)
    code.op(Op.i32And)
    code.i32(3)
    code.op(Op.i32Ne)
    this.#branch(Op.brIf, this.#refuse)
  }

  /** Branches to the code of the rows that WORD can match, one block after another. */
  #dispatch(): void {
    const code = this.#code
    const { handlers, handlerOfKey } = dispatchKeys()
    const labels = handlers.map(() => this.#open(Op.block)).reverse()
    this.#get(WORD)
    code.i32(1)
    code.op(Op.i32Shl)
    code.i32(31 << 3)
    code.op(Op.i32And)
    this.#get(WORD)
    code.i32(12)
    code.op(Op.i32ShrU)
    code.i32(7)
    code.op(Op.i32And)
    code.op(Op.i32Or)
    code.op(Op.brTable)
    code.u32(handlerOfKey.length)
    for (const handler of handlerOfKey) code.u32(this.#depth - 1 - (labels[handler] ?? this.#refuse))
    code.u32(this.#depth - 1 - this.#refuse)
    for (const rows of handlers) {
      this.#close()
      for (const row of rows) this.#row(row)
      if (rows.every((row) => (row.mask & NOT_IN_KEY) !== 0)) this.#branch(Op.br, this.#refuse)
    }
  }

  /** Performs the instruction when it is `row`; control falls out of the emitted code only when it is not. */
  #row(row: IsaRow): void {
    const code = this.#code
    const isTested = (row.mask & NOT_IN_KEY) !== 0
    if (isTested) {
      const other = this.#open(Op.block)
      this.#get(WORD)
      code.i32(row.mask & NOT_IN_KEY)
      code.op(Op.i32And)
      code.i32(row.match & NOT_IN_KEY)
      code.op(Op.i32Ne)
      this.#branch(Op.brIf, other)
    }
    this.#perform(row)
    if (isTested) this.#close()
  }

  #perform(row: IsaRow): void {
    switch (row.format) {
      case 'R':
        this.#result(() => emitOperation(this.#code, OPERANDS, row.mnemonic))
        return
      case 'I':
        if (row.mnemonic === 'jalr') this.#jumpAndLink(() => this.#indirectTarget(row.format))
        else this.#withImmediate(row)
        return
      case 'shift':
        this.#withImmediate(row)
        return
      case 'U':
        this.#result(() => this.#upper(row))
        return
      case 'load':
        this.#loadRow(row)
        return
      case 'S':
        this.#storeRow(row)
        return
      case 'B':
        this.#conditional(row)
        return
      case 'J':
        this.#jumpAndLink(() => this.#relativeTarget(row.format))
        return
      case 'fence':
        this.#branch(Op.br, this.#sequential)
        return
      case 'system': // INVARIANT: not among the rows of any key
    }
  }

  /** Writes to rd what `push` pushes. */
  #result(push: () => void): void {
    push()
    this.#code.indexed(Op.localSet, VALUE)
    this.#branch(Op.br, this.#write)
  }

  /** `addi` is `add` with the immediate for B, and so on. A shift takes the amount modulo 32: the rest of its immediate is fixed. */
  #withImmediate({ mnemonic, format }: IsaRow): void {
    emitImmediate(this.#code, WORD, format)
    this.#code.indexed(Op.localSet, B)
    this.#result(() => emitOperation(this.#code, OPERANDS, mnemonic.replace('i', '')))
  }

  #upper({ mnemonic, format }: IsaRow): void {
    emitImmediate(this.#code, WORD, format)
    if (mnemonic === 'lui') return
    this.#get(PC)
    this.#code.op(Op.i32Add)
  }

  /** Sets TARGET to an address, and refuses it when an access of `bytes` bytes there is misaligned or reserved. */
  #address({ format }: IsaRow, bytes: 0 | 1 | 2 | 4): void {
    const code = this.#code
    this.#get(A)
    emitImmediate(code, WORD, format)
    code.op(Op.i32Add)
    code.indexed(Op.localTee, TARGET)
    if (bytes > 1) {
      code.i32(log2(bytes))
      code.op(Op.i32Rotr)
    }
    // One comparison tests range and alignment, as in compiled code.
    code.i32(RESERVED_START / bytes)
    code.op(Op.i32GeU)
    this.#branch(Op.brIf, this.#refuse)
  }

  #loadRow(row: IsaRow): void {
    const bytes = ACCESS_BYTES.get(row.mnemonic) ?? 0
    this.#address(row, bytes)
    this.#result(() => {
      this.#get(TARGET)
      this.#code.memory(ACCESS_OPCODE[row.mnemonic], log2(bytes), 0)
    })
  }

  #storeRow(row: IsaRow): void {
    const code = this.#code
    const bytes = ACCESS_BYTES.get(row.mnemonic) ?? 0
    this.#address(row, bytes)
    this.#get(TARGET)
    this.#get(CODE_END)
    code.op(Op.i32LtU)
    this.#branch(Op.brIf, this.#refuse)
    this.#get(TARGET)
    this.#get(B)
    code.memory(ACCESS_OPCODE[row.mnemonic], log2(bytes), 0)
    this.#get(TARGET)
    code.i32(12)
    code.op(Op.i32ShrU)
    code.i32(1)
    code.memory(Op.i32Store8, 0, DIRTY_TABLE_START)
    this.#branch(Op.br, this.#sequential)
  }

  #conditional({ mnemonic, format }: IsaRow): void {
    const code = this.#code
    this.#get(A)
    this.#get(B)
    code.op(CONDITION[mnemonic])
    code.op(Op.i32Eqz)
    this.#branch(Op.brIf, this.#sequential)
    this.#relativeTarget(format)
    this.#checkTarget()
    this.#branch(Op.br, this.#taken)
  }

  #relativeTarget(format: InstructionFormat): void {
    emitImmediate(this.#code, WORD, format)
    this.#get(PC)
    this.#code.op(Op.i32Add)
    this.#code.indexed(Op.localSet, TARGET)
  }

  #indirectTarget(format: InstructionFormat): void {
    this.#get(A)
    emitImmediate(this.#code, WORD, format)
    this.#code.op(Op.i32Add)
    this.#code.i32(-2)
    this.#code.op(Op.i32And)
    this.#code.indexed(Op.localSet, TARGET)
  }

  /** Refuses a jump whose target is misaligned or at or above CODE_END. */
  #checkTarget(): void {
    const code = this.#code
    this.#get(TARGET)
    code.i32(2)
    code.op(Op.i32Rotr)
    this.#get(CODE_END)
    code.i32(2)
    code.op(Op.i32ShrU)
    code.op(Op.i32GeU)
    this.#branch(Op.brIf, this.#refuse)
  }

  #jumpAndLink(setTarget: () => void): void {
    setTarget()
    this.#checkTarget()
    this.#get(PC)
    this.#add(4)
    this.#code.indexed(Op.localSet, VALUE)
    this.#writeRd()
    this.#branch(Op.br, this.#taken)
  }

  #writeRd(): void {
    emitRegisterOffset(this.#code, WORD, 7)
    this.#get(VALUE)
    this.#code.memory(Op.i32Store, 2, REGISTERS_START)
    this.#clearX0()
  }

  #retire(): void {
    this.#get(BUDGET)
    this.#add(-1)
    this.#code.indexed(Op.localSet, BUDGET)
  }

  /** Goes to TARGET and counts the jump there; ends when that made the place hot. */
  #jump(out: Label): void {
    const code = this.#code
    this.#retire()
    this.#get(TARGET)
    code.indexed(Op.localTee, PC)
    code.i32(4 * (HEAT_ENTRIES - 1))
    code.op(Op.i32And)
    code.indexed(Op.localTee, TARGET)
    this.#get(TARGET)
    code.memory(Op.i32Load, 2, HEAT_START)
    this.#add(1)
    code.indexed(Op.localTee, VALUE)
    this.#get(THRESHOLD)
    code.op(Op.i32GeS)
    this.#branch(Op.brIf, out)
    this.#get(VALUE)
    code.memory(Op.i32Store, 2, HEAT_START)
  }
}

/**
 * The WebAssembly module of the translator's interpreter. Its bytes are always the same; `npm run gen` writes them to
 * `interpreterModule.gen.ts`, since encoding them costs a new process some milliseconds.
 *
 * It exports `interpret(budget, codeEnd, fetchEnd, threshold)`, which executes instructions one by one on the state in memory,
 * as `step()` does, and returns what is left of `budget` (1 to 2^31 − 1).
 *
 * It ends early before an instruction that it leaves to `step()` (then the exit reason says so): every trap, `ecall`, and accesses
 * to the translator's own part of memory; and after a jump to a place that was jumped to `threshold` times. Instructions are
 * fetched below `fetchEnd` only.
 * @see spec/04-machine.md §3
 */
export function encodeInterpreterModule(isShared: boolean): Uint8Array<ArrayBuffer> {
  return encodeModule([new InterpreterEmitter().emit()], { isShared })
}
