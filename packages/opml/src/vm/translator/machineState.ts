import { decode, type Instruction } from '../decode.ts'
import { PAGE_BYTES } from '../machine.ts'
import type { AccessBytes, StateAccess } from '../state.ts'
import { NUM_REGISTERS, REGISTERS_START } from './layout.ts'
import type { TranslatorMemory } from './translatorMemory.ts'

/** Decoded instructions of a page of code. */
type CodePage = readonly (Instruction | undefined)[]

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
    if (pageIndex !== this.#pageIndex) {
      this.#page = this.#code.get(pageIndex) ?? this.#decode(pageIndex)
      this.#pageIndex = pageIndex
    }
    return this.#page[(pc >>> 2) & (PAGE_BYTES / 4 - 1)]
  }

  load(address: number, numBytes: AccessBytes): number {
    return this.#memory.load(address, numBytes)
  }

  store(address: number, numBytes: AccessBytes, value: number): void {
    this.#memory.store(address, numBytes, value)
  }

  #decode(pageIndex: number): CodePage {
    const base = pageIndex * PAGE_BYTES
    const page = Array.from({ length: PAGE_BYTES / 4 }, (_, i) => decode(this.#memory.load(base + 4 * i, 4)))
    this.#code.set(pageIndex, page)
    return page
  }
}
