import type { Instruction } from '../decode.ts'
import { ACCESS_BYTES, type Access, type AccessGroup } from './accessPlan.ts'
import { DIRTY_TABLE_START, RESERVED_START } from './layout.ts'
import type { RegisterLocals } from './registerLocals.ts'
import { type CodeWriter, Op } from './wasm.ts'

/** Opcodes of the loads and stores by mnemonic. */
export const ACCESS_OPCODE: Readonly<Record<string, number>> = {
  lb: Op.i32Load8S,
  lbu: Op.i32Load8U,
  lh: Op.i32Load16S,
  lhu: Op.i32Load16U,
  lw: Op.i32Load,
  sb: Op.i32Store8,
  sh: Op.i32Store16,
  sw: Op.i32Store,
}

/** What the loads and stores of one block are emitted with. */
export interface AccessContext {
  readonly code: CodeWriter
  readonly registers: RegisterLocals
  readonly codeEnd: number
  /** A free local for the address of `group`. */
  allocate(group: AccessGroup): number
  /** Pops a condition, and leaves the region before the current instruction when it is true. */
  leaveIf(): void
}

/** Local that holds x of a group, and how to push it. */
type Address = (code: CodeWriter) => void

/** Emits the loads and stores of one block in order. */
export class AccessEmitter {
  readonly #context: AccessContext
  readonly #addresses = new Map<AccessGroup, Address>()

  constructor(context: AccessContext) {
    this.#context = context
  }

  /** Emits `instruction`, a load or a store planned as `access`. */
  emit(instruction: Instruction, access: Access): void {
    if (access.kind === 'constant') {
      const address: Address = (code) => code.i32(access.address)
      this.#access(instruction, address, 0)
      if (instruction.row.format === 'S') this.#mark(address, 0)
      return
    }
    const { group, isFirst, offset } = access
    if (isFirst) this.#check(group)
    const address = this.#addresses.get(group)
    if (address === undefined) throw new Error('An access comes before its check.') // INVARIANT
    this.#access(instruction, address, offset)
    if (instruction.row.format !== 'S') return
    if (group.sharedMark === undefined) this.#mark(address, offset)
  }

  #access({ row, rd, rs2 }: Instruction, address: Address, offset: number): void {
    const { code, registers } = this.#context
    const log2Bytes = Math.floor((ACCESS_BYTES.get(row.mnemonic) ?? 0) / 2)
    if (row.format === 'S') {
      address(code)
      registers.get(code, rs2)
      code.memory(ACCESS_OPCODE[row.mnemonic], log2Bytes, offset)
    } else if (rd !== 0) {
      // A load to x0 only has to be checked: reading has no effect.
      address(code)
      code.memory(ACCESS_OPCODE[row.mnemonic], log2Bytes, offset)
      registers.set(code, rd)
    }
  }

  /** Computes x and leaves the region when [x, x + span) is misaligned or out of range. */
  #check(group: AccessGroup): void {
    const { code, codeEnd } = this.#context
    const address = this.#address(group)
    this.#addresses.set(group, address)
    const lowest = group.isStore ? codeEnd : 0
    const log2Width = Math.floor(group.width / 2)
    address(code)
    if (lowest > 0) {
      code.i32(lowest)
      code.op(Op.i32Sub)
    }
    if (log2Width > 0) {
      code.i32(log2Width)
      code.op(Op.i32Rotr)
    }
    // CODE_END is a multiple of 128, so the difference is aligned when x is; one comparison tests range and alignment.
    code.i32(Math.floor((RESERVED_START - lowest - group.span) / group.width))
    code.op(Op.i32GtU)
    this.#context.leaveIf()
    if (group.sharedMark === undefined) return
    this.#mark(address, group.sharedMark.first)
    this.#mark(address, group.sharedMark.last)
  }

  /** How to push x: the base register when that is x and nothing can change it in between, otherwise a local set here. */
  #address(group: AccessGroup): Address {
    const { code, registers } = this.#context
    if (group.baseOffset === 0 && group.numAccesses === 1) return (c) => registers.get(c, group.base)
    const local = this.#context.allocate(group)
    registers.get(code, group.base)
    if (group.baseOffset !== 0) {
      code.i32(group.baseOffset)
      code.op(Op.i32Add)
    }
    code.indexed(Op.localSet, local)
    return (c) => c.indexed(Op.localGet, local)
  }

  /** Marks the page of x + `offset` as dirty. */
  #mark(address: Address, offset: number): void {
    const { code } = this.#context
    address(code)
    if (offset !== 0) {
      code.i32(offset)
      code.op(Op.i32Add)
    }
    code.i32(12)
    code.op(Op.i32ShrU)
    code.i32(1)
    code.memory(Op.i32Store8, 0, DIRTY_TABLE_START)
  }
}
