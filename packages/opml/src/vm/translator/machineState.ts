import { decode, type Instruction } from '../decode.ts'
import { PAGE_BYTES } from '../machine.ts'
import type { AccessBytes, StateAccess } from '../state.ts'
import { NUM_REGISTERS, REGISTERS_START } from './layout.ts'
import type { TranslatorMemory } from './translatorMemory.ts'

/** Instructions of a page of code: null where the word is illegal, undefined where it has not been decoded. */
type CodePage = (Instruction | null | undefined)[]

/** The state that compiled code works on, as `step()` sees it: one instruction at a time. */
export class MachineState implements StateAccess {
  readonly registers: Uint32Array
  readonly codeEnd: number
  readonly #memory: TranslatorMemory
  readonly #code = new Map<number, CodePage>()
  #page: CodePage = []
  #pageIndex = -1

  constructor(memory: TranslatorMemory, codeEnd: number) {
    this.codeEnd = codeEnd
    this.#memory = memory
    this.registers = new Uint32Array(memory.wasmMemory.buffer, REGISTERS_START, NUM_REGISTERS)
  }

  fetch(pc: number): Instruction | undefined {
    const pageIndex = pc >>> 12
    if (pageIndex !== this.#pageIndex) this.#turnTo(pageIndex)
    const index = (pc >>> 2) & (PAGE_BYTES / 4 - 1)
    let instruction = this.#page[index]
    if (instruction === undefined) {
      instruction = decode(this.#memory.load(pc, 4)) ?? null
      this.#page[index] = instruction
    }
    return instruction ?? undefined
  }

  load(address: number, numBytes: AccessBytes): number {
    return this.#memory.load(address, numBytes)
  }

  store(address: number, numBytes: AccessBytes, value: number): void {
    this.#memory.store(address, numBytes, value)
  }

  #turnTo(pageIndex: number): void {
    let page = this.#code.get(pageIndex)
    if (page === undefined) {
      page = new Array<Instruction | null | undefined>(PAGE_BYTES / 4).fill(undefined)
      this.#code.set(pageIndex, page)
    }
    this.#page = page
    this.#pageIndex = pageIndex
  }
}
