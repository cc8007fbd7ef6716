import type { Machine, MachineImage } from '../machine.ts'
import { HALT_BASE } from '../state.ts'
import { step } from '../step.ts'
import { compileRegion } from './compileRegion.ts'
import { Dispatcher } from './dispatcher.ts'
import { MachineState } from './machineState.ts'
import { findRegion } from './region.ts'
import { TranslatorMemory } from './translatorMemory.ts'

/** What {@link Translator} needs of a {@link MachineImage}. */
export type TranslatorStart = Pick<MachineImage, 'segments' | 'entry' | 'codeEnd'>

/** When the translator compiles. */
export interface TranslatorOptions {
  /** Times that a pc is jumped to before the code there is compiled; 0 compiles wherever a run starts, too (for tests). */
  readonly hotThreshold?: number
}

/** Measured on a small network: compiling sooner costs more than interpreting some rounds. */
const DEFAULT_HOT_THRESHOLD = 24

/** Regions of a machine; what comes later is interpreted. */
const MAX_REGIONS = 16384

/**
 * Steps of a stay in compiled code. The first is short: the host replaces its quick code by optimised code in the background, and
 * that is entered only when a region is entered again.
 */
const FIRST_STAY_STEPS = 2 ** 20
const LONGEST_STAY_STEPS = 2 ** 28

interface Entry {
  readonly index: number
  readonly minBudget: number
}

/**
 * Executes RV32IM by translating hot code to WebAssembly, and the rest with the interpreter's `step()`.
 *
 * Observable behaviour is the interpreter's: exact step counts and stops, the same traps, the same memory. Needs nothing but
 * `WebAssembly`, in any host. Code is taken to be immutable (a store below CODE_END traps): bytes below CODE_END that are
 * written through `memory` after the first step are not seen.
 *
 * @see spec/04-machine.md
 */
export class Translator implements Machine {
  readonly codeEnd: number
  readonly registers: Uint32Array
  readonly memory: TranslatorMemory
  readonly #state: MachineState
  readonly #dispatcher: Dispatcher
  readonly #hotThreshold: number
  /** Compiled pcs; undefined as a value where compilation is impossible. */
  readonly #entries = new Map<number, Entry | undefined>()
  readonly #heat = new Map<number, number>()
  #stayLimit = FIRST_STAY_STEPS

  /**
   * Starts at the image's entry with all other registers 0; the input slot is filled through `memory`.
   *
   * @throws {TranslatorMemoryError} when the host has no 4 GiB of address space.
   */
  constructor(image: TranslatorStart, options: TranslatorOptions = {}) {
    this.codeEnd = image.codeEnd
    this.memory = new TranslatorMemory(image.segments)
    this.#state = new MachineState(this.memory, image.codeEnd)
    this.#dispatcher = new Dispatcher(this.memory)
    this.#hotThreshold = options.hotThreshold ?? DEFAULT_HOT_THRESHOLD
    this.registers = this.#state.registers
    this.registers[0] = image.entry
  }

  get isHalted(): boolean {
    return this.registers[0] >= HALT_BASE
  }

  /** @throws {RangeError} when `maxSteps` is not an integer from 0 to 2^53 − 1. */
  run(maxSteps: number): number {
    if (!Number.isSafeInteger(maxSteps) || maxSteps < 0) throw new RangeError(`Not a number of steps: ${maxSteps}.`)
    let remaining = maxSteps
    if (this.#hotThreshold === 0 && remaining > 0 && !this.isHalted) this.#visit(this.registers[0])
    while (remaining > 0 && !this.isHalted) {
      const entry = this.#entries.get(this.registers[0])
      const retired = entry !== undefined && remaining >= entry.minBudget ? this.#runCompiled(entry, remaining) : 0
      remaining -= retired
      // Where compiled code retires nothing, or says that it cannot go on, only the interpreter makes progress.
      const mustInterpret = this.#dispatcher.takeMustInterpret() || retired === 0
      if (mustInterpret) remaining -= this.#interpret(remaining)
      else this.#visit(this.registers[0])
    }
    return maxSteps - remaining
  }

  #runCompiled(entry: Entry, remaining: number): number {
    this.#dispatcher.cache(this.registers[0], entry.index)
    const budget = Math.min(remaining, this.#stayLimit)
    const retired = this.#dispatcher.run(budget)
    if (2 * retired > budget) this.#stayLimit = Math.min(2 * this.#stayLimit, LONGEST_STAY_STEPS)
    return retired
  }

  /** Interprets at least one and at most `limit` steps, until control jumps to compiled code; compiles what is hot. */
  #interpret(limit: number): number {
    const { registers } = this
    const state = this.#state
    let numSteps = 0
    while (numSteps < limit) {
      const pc = registers[0]
      step(state)
      numSteps++
      const next = registers[0]
      if (next === pc + 4) continue
      if (next >= HALT_BASE) break
      const entry = this.#visit(next)
      if (entry !== undefined && entry.minBudget <= limit - numSteps) break
    }
    return numSteps
  }

  /** The compiled code at `pc`, the target of a jump; compiled now when the jump made it hot. */
  #visit(pc: number): Entry | undefined {
    if (pc >= this.codeEnd || (pc & 3) !== 0) return undefined
    if (this.#entries.has(pc)) return this.#entries.get(pc)
    const heat = (this.#heat.get(pc) ?? 0) + 1
    this.#heat.set(pc, heat)
    return heat < this.#hotThreshold ? undefined : this.#compile(pc)
  }

  #compile(pc: number): Entry | undefined {
    this.#heat.delete(pc)
    const region = this.#entries.size < MAX_REGIONS ? findRegion(this.#state, pc) : undefined
    let entry: Entry | undefined
    if (region !== undefined) {
      const { module, minBudget } = compileRegion(region, this.codeEnd)
      const imports = { machine: { memory: this.memory.wasmMemory } }
      const instance = new WebAssembly.Instance(new WebAssembly.Module(module), imports)
      // A region's module exports exactly this function.
      entry = { index: this.#dispatcher.add(instance.exports.region as () => void), minBudget }
      this.#dispatcher.cache(pc, entry.index)
    }
    this.#entries.set(pc, entry)
    return entry
  }
}
