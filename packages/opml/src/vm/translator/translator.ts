import type { Machine, MachineStart } from '../machine.ts'
import { HALT_BASE } from '../state.ts'
import { step } from '../step.ts'
import { CodeCache, type CompiledEntry } from './codeCache.ts'
import { Dispatcher } from './dispatcher.ts'
import { instantiateInterpreter, type Interpret } from './interpreterModule.ts'
import { MachineState } from './machineState.ts'
import { ExitReason, RESERVED_START } from './layout.ts'
import { survey } from './survey.ts'
import { TranslatorMemory } from './translatorMemory.ts'

/** When the translator compiles. */
export interface TranslatorOptions {
  /** Times that a pc is jumped to before the code there is compiled; 0 compiles wherever a run starts, too (for tests). */
  readonly hotThreshold?: number
  /** Steps that are interpreted before anything is compiled. */
  readonly interpretedSteps?: number
  /** Steps in compiled code before the places where it spends its time are compiled anew with more effort. */
  readonly quickSteps?: number
  /** False takes an unshared memory even where the host has shared ones. */
  readonly isMemoryShared?: boolean
}

/**
 * A few milliseconds of the interpreter. In a new process the compiler itself, still cold, takes several times as long for a
 * program's code: shorter programs never need it, longer ones do not notice.
 */
const DEFAULT_INTERPRETED_STEPS = 2 ** 21

/** Measured on a small network: compiling sooner costs more than interpreting some rounds. */
const DEFAULT_HOT_THRESHOLD = 32

/** About 25 ms of a run; shorter programs would spend more on the compiler than they gain. */
const DEFAULT_QUICK_STEPS = 2 ** 25

/**
 * Steps of a stay in compiled code. Stays grow while a survey of the program finds nothing to improve, but they stay short enough
 * to come back soon: the host replaces its quick code by optimised code in the background, and that is entered only when a region
 * is entered again.
 */
const FIRST_STAY_STEPS = 2 ** 20
const LONGEST_STAY_STEPS = 2 ** 28
const INTERPRETED_STAY_STEPS = 2 ** 17

/** A threshold that no counter reaches. */
const NEVER = 0x7fffffff

/**
 * Executes RV32IM by translating hot code to WebAssembly. The rest is interpreted: by a loop inside WebAssembly, which leaves traps
 * and other rare cases to `step()`.
 *
 * Observable behaviour is the interpreter's: exact step counts and stops, the same traps, the same memory. Needs nothing but
 * `WebAssembly`, in any host. Code is taken to be immutable (a store below CODE_END traps): bytes below CODE_END that are
 * written through `memory` after the first step may be seen or not.
 *
 * @see spec/04-machine.md
 */
export class Translator implements Machine {
  readonly codeEnd: number
  readonly registers: Uint32Array
  readonly memory: TranslatorMemory
  readonly #state: MachineState
  readonly #dispatcher: Dispatcher
  readonly #code: CodeCache
  readonly #isEager: boolean
  readonly #surveySteps: number
  readonly #callInterpret: Interpret
  /** Where nothing can be fetched any more inside WebAssembly. */
  readonly #fetchEnd: number
  /** Steps before anything is compiled. */
  #interpretedSteps: number
  #staySteps: number
  /** Steps in compiled code that are left to the quick effort. */
  #quickSteps: number
  #stepsSinceSurvey = 0

  /**
   * Starts at the image's entry with all other registers 0; the input slot is filled through `memory`.
   *
   * @throws {TranslatorMemoryError} when the host has no 4 GiB of address space.
   */
  constructor(image: MachineStart, options: TranslatorOptions = {}) {
    this.codeEnd = image.codeEnd
    this.memory = new TranslatorMemory(image.segments, options.isMemoryShared)
    this.#state = new MachineState(this.memory, image.codeEnd)
    this.#dispatcher = new Dispatcher(this.memory)
    const { hotThreshold = DEFAULT_HOT_THRESHOLD, quickSteps = DEFAULT_QUICK_STEPS } = options
    this.#callInterpret = instantiateInterpreter(this.memory.wasmMemory, this.memory.isShared)
    this.#fetchEnd = Math.min(image.codeEnd, RESERVED_START)
    this.#interpretedSteps = options.interpretedSteps ?? DEFAULT_INTERPRETED_STEPS
    this.#code = new CodeCache({ memory: this.memory, state: this.#state, dispatcher: this.#dispatcher, hotThreshold })
    this.#isEager = hotThreshold === 0
    this.#quickSteps = quickSteps
    this.#surveySteps = Math.min(FIRST_STAY_STEPS, Math.max(quickSteps, 1))
    this.#staySteps = FIRST_STAY_STEPS
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
    if (this.#isEager && remaining > 0) this.#code.visit(this.registers[0])
    while (remaining > 0 && !this.isHalted) {
      const entry = this.#code.entryAt(this.registers[0])
      const retired = entry !== undefined && remaining >= entry.minBudget ? this.#stay(entry, remaining) : 0
      remaining -= retired
      const reason = this.#dispatcher.takeExitReason()
      // Where compiled code retires nothing, or says that it cannot go on, only the interpreter makes progress.
      if (retired === 0 || reason === ExitReason.mustInterpret) remaining -= this.#interpret(remaining)
      else remaining -= this.#lookAround(retired, remaining)
    }
    return maxSteps - remaining
  }

  /** Runs compiled code from `entry`; returns the number of steps. */
  #stay(entry: CompiledEntry, remaining: number): number {
    this.#dispatcher.cache(this.registers[0], entry.index)
    return this.#dispatcher.run(Math.min(remaining, this.#staySteps))
  }

  /**
   * After a stay of `retired` steps: notes where it ended and, now and then, finds out where more effort is worth while.
   *
   * Returns the number of steps executed for that, at most `limit`.
   */
  #lookAround(retired: number, limit: number): number {
    this.#code.visit(this.registers[0])
    this.#quickSteps -= retired
    this.#stepsSinceSurvey += retired
    if (this.#quickSteps > 0 || this.#stepsSinceSurvey < this.#surveySteps) return 0
    this.#stepsSinceSurvey = 0
    const { steps, pc } = survey({ registers: this.registers, code: this.#code, dispatcher: this.#dispatcher }, limit)
    if (pc === undefined) this.#staySteps = Math.min(2 * this.#staySteps, LONGEST_STAY_STEPS)
    else {
      this.#code.improve(pc)
      this.#staySteps = FIRST_STAY_STEPS
    }
    return steps
  }

  /** Interprets at least one and at most `limit` steps, until control jumps to compiled code; compiles what is hot. */
  #interpret(limit: number): number {
    const { registers } = this
    const isFirst = this.#interpretedSteps > 0
    const budget = Math.min(limit, INTERPRETED_STAY_STEPS, isFirst ? this.#interpretedSteps : limit)
    const threshold = isFirst ? NEVER : this.#code.threshold
    const rest = this.#callInterpret(budget, this.codeEnd, this.#fetchEnd, threshold)
    let retired = budget - rest
    if (isFirst) this.#interpretedSteps -= retired
    if (rest === 0) return retired
    if (this.#dispatcher.takeExitReason() === ExitReason.mustInterpret) {
      const pc = registers[0]
      step(this.#state)
      retired++
      if (registers[0] === pc + 4) return retired
    }
    if (!isFirst) this.#code.visit(registers[0])
    return retired
  }
}
