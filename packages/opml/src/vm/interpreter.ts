import { decode, type Instruction } from './decode.ts'
import { type Machine, type MachineStart, PAGE_BYTES } from './machine.ts'
import { SparseMemory } from './sparseMemory.ts'
import { type AccessBytes, HALT_BASE, type StateAccess } from './state.ts'
import { step } from './step.ts'

/** The step over plain memory and instructions that are decoded once, a page of code at a time. */
class FastState implements StateAccess {
  readonly registers: Uint32Array
  readonly codeEnd: number
  readonly memory: SparseMemory
  readonly #code: (Array<Instruction | undefined> | undefined)[] = []

  constructor(registers: Uint32Array, codeEnd: number, memory: SparseMemory) {
    this.registers = registers
    this.codeEnd = codeEnd
    this.memory = memory
  }

  fetch(pc: number): Instruction | undefined {
    const page = this.#code[pc >>> 12] ?? this.#decodePage(pc >>> 12)
    return page[(pc >>> 2) & 1023]
  }

  load(address: number, numBytes: AccessBytes): number {
    return this.memory.load(address, numBytes)
  }

  store(address: number, numBytes: AccessBytes, value: number): void {
    this.memory.store(address, numBytes, value)
  }

  #decodePage(pageIndex: number): Array<Instruction | undefined> {
    while (this.#code.length < pageIndex) this.#code.push(undefined) // keeps the array dense and so fast
    const base = pageIndex * PAGE_BYTES
    const page = Array.from({ length: PAGE_BYTES / 4 }, (_, i) => decode(this.memory.load(base + 4 * i, 4)))
    this.#code[pageIndex] = page
    return page
  }
}

/**
 * The readable executor of spec/04: `step()` over plain memory.
 *
 * Code is immutable (a store below CODE_END traps), so a decoded instruction stays valid. Bytes below CODE_END that are
 * written through `memory` after the page was first executed are not seen by it.
 */
export class Interpreter implements Machine {
  readonly codeEnd: number
  readonly registers = new Uint32Array(32)
  readonly memory: SparseMemory
  readonly #state: FastState

  /** Starts at the image's entry with all other registers 0; the input slot is filled through `memory`. */
  constructor(image: MachineStart) {
    this.codeEnd = image.codeEnd
    this.memory = new SparseMemory(image.segments)
    this.registers[0] = image.entry
    this.#state = new FastState(this.registers, image.codeEnd, this.memory)
  }

  get isHalted(): boolean {
    return this.registers[0] >= HALT_BASE
  }

  /** @throws {RangeError} when `maxSteps` is not an integer from 0 to 2^53 − 1. */
  run(maxSteps: number): number {
    if (!Number.isSafeInteger(maxSteps) || maxSteps < 0) throw new RangeError(`Not a number of steps: ${maxSteps}.`)
    const { registers } = this
    const state = this.#state
    let numSteps = 0
    while (numSteps < maxSteps && registers[0] < HALT_BASE) {
      step(state)
      numSteps++
    }
    return numSteps
  }
}
