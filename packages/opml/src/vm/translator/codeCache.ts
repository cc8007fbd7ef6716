import { compileRegion } from './compileRegion.ts'
import type { Dispatcher } from './dispatcher.ts'
import { HEAT_ENTRIES, HEAT_START } from './layout.ts'
import type { MachineState } from './machineState.ts'
import { type Effort, farTarget, findRegion, type RegionSource } from './region.ts'
import type { TranslatorMemory } from './translatorMemory.ts'

/** Regions of a machine; what comes later is interpreted. */
const MAX_REGIONS = 16384

/**
 * Each time that many regions exist, a pc must be a threshold hotter to be compiled. A region costs about as much as ten thousand
 * interpreted steps: a program of many short functions, each called some times only, is better interpreted.
 */
const REGIONS_PER_THRESHOLD = 64

/** Heat of a pc that has compiled code: above every threshold, so that the interpreter stops there. */
const COMPILED = 2 ** 30

/** Heat of a pc whose code cannot be compiled: far below every threshold. */
const HOPELESS = -(2 ** 30)

/** Compiled code that is entered at one pc. */
export interface CompiledEntry {
  /** Index in the dispatcher. */
  readonly index: number
  /** Executes it once, on the state in memory. */
  readonly region: () => void
  /** With a smaller budget the region retires nothing. */
  readonly minBudget: number
  readonly effort: Effort
}

/** What a {@link CodeCache} works with. */
export interface CodeCacheOptions {
  readonly memory: TranslatorMemory
  readonly state: MachineState
  readonly dispatcher: Dispatcher
  /** Jumps to a pc before the code there is compiled, while there are few regions. */
  readonly hotThreshold: number
}

/** The compiled regions of a machine, by entry pc, and how often control jumped to pcs that have none. */
export class CodeCache {
  readonly #options: CodeCacheOptions
  readonly #source: RegionSource
  /** Undefined as a value where compilation is impossible. */
  readonly #entries = new Map<number, CompiledEntry | undefined>()
  /** The counters that the interpreter in WebAssembly counts with as well. */
  readonly #heat: Int32Array
  #numRegions = 0

  constructor(options: CodeCacheOptions) {
    this.#options = options
    const { state, memory } = options
    this.#heat = new Int32Array(memory.wasmMemory.buffer, HEAT_START, HEAT_ENTRIES)
    this.#source = {
      codeEnd: state.codeEnd,
      fetch: (pc) => state.fetch(pc),
      isCompiled: (pc) => this.#entries.get(pc) !== undefined,
    }
  }

  /** The region that is entered at `pc`, if there is one. */
  entryAt(pc: number): CompiledEntry | undefined {
    return this.#entries.get(pc)
  }

  /** Jumps to a pc before the code there is compiled. */
  get threshold(): number {
    return this.#options.hotThreshold * (1 + Math.floor(this.#numRegions / REGIONS_PER_THRESHOLD))
  }

  /** Counts a jump to `pc`, a fetchable address or a halted one, and compiles the code there when the pc became hot. */
  visit(pc: number): void {
    if (!this.#isCode(pc)) return
    const counter = counterOf(pc)
    const heat = this.#heat[counter] + 1
    if (heat < this.threshold) this.#heat[counter] = heat
    else if (!this.#entries.has(pc)) this.#compile(pc, 'quick')
    else this.#mark(pc)
  }

  /** Compiles the code at `pc` with all effort, unless that is done. */
  improve(pc: number): void {
    if (this.#isCode(pc) && this.#entries.get(pc)?.effort !== 'thorough') this.#compile(pc, 'thorough')
  }

  /** True when `pc` is the function that the call before `returnPc` calls: control came to `pc` by that call. */
  isCallee(pc: number, returnPc: number): boolean {
    const call = returnPc - 4
    if (call < 0 || !this.#isCode(call)) return false
    const instruction = this.#source.fetch(call)
    if (instruction?.row.mnemonic === 'jal') return (call + instruction.imm) >>> 0 === pc
    if (instruction?.row.mnemonic !== 'jalr' || call === 0) return false
    return farTarget(call, instruction, this.#source.fetch(call - 4)) === pc
  }

  #isCode(pc: number): boolean {
    return pc < this.#source.codeEnd && (pc & 3) === 0
  }

  #compile(pc: number, effort: Effort): void {
    const { memory, dispatcher } = this.#options
    const region = this.#numRegions < MAX_REGIONS ? findRegion(this.#source, pc, effort) : undefined
    let entry = this.#entries.get(pc)
    if (region !== undefined) {
      this.#numRegions++
      const { codeEnd } = this.#source
      const { module, minBudget } = compileRegion(region, { codeEnd, effort, isShared: memory.isShared })
      const imports = { machine: { memory: memory.wasmMemory } }
      const instance = new WebAssembly.Instance(new WebAssembly.Module(module), imports)
      // A region's module exports exactly this function.
      const run = instance.exports.region as () => void
      entry = { index: dispatcher.add(run), region: run, minBudget, effort }
      dispatcher.cache(pc, entry.index)
    }
    this.#entries.set(pc, entry)
    this.#mark(pc)
  }

  /** Tells the interpreter what is known of `pc`, in place of another pc that has the same counter. */
  #mark(pc: number): void {
    this.#heat[counterOf(pc)] = this.#entries.get(pc) === undefined ? HOPELESS : COMPILED
  }
}

const counterOf = (pc: number): number => (pc >>> 2) & (HEAT_ENTRIES - 1)
