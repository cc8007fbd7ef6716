import { BUDGET_ADDRESS, EXIT_REASON_ADDRESS, JUMP_CACHE_ENTRIES, JUMP_CACHE_START, REGISTERS_START } from './layout.ts'
import { Lazy } from './lazy.ts'
import type { TranslatorMemory } from './translatorMemory.ts'
import { CodeWriter, encodeModule, Op } from './wasm.ts'

/** Initial entries of the function table; a large one would make every dispatcher slow to create. */
const INITIAL_TABLE_ENTRIES = 256

/** Type of a region in the dispatcher's module: it has one function, so the type `() → ()` comes second. */
const REGION_TYPE = 1

/**
 * `run()`: enters the region of the current pc again and again.
 *
 * Returns when no region is cached for the pc, or when a region retired nothing (it would be entered for ever).
 */
function encodeRun(isShared: boolean): Uint8Array<ArrayBuffer> {
  const [pc, entry, budget] = [0, 1, 2]
  const code = new CodeWriter()
  const load = (address: number) => {
    code.i32(0)
    code.memory(Op.i32Load, 2, address)
  }
  code.open(Op.loop)
  load(REGISTERS_START)
  code.indexed(Op.localTee, pc)
  code.i32(1)
  code.op(Op.i32Shl)
  code.i32((JUMP_CACHE_ENTRIES - 1) * 8)
  code.op(Op.i32And)
  code.indexed(Op.localTee, entry)
  code.memory(Op.i32Load, 2, JUMP_CACHE_START)
  code.indexed(Op.localGet, pc)
  code.i32(-1)
  code.op(Op.i32Xor)
  code.op(Op.i32Ne)
  code.open(Op.if)
  code.op(Op.return)
  code.op(Op.end)
  load(BUDGET_ADDRESS)
  code.indexed(Op.localSet, budget)
  code.indexed(Op.localGet, entry)
  code.memory(Op.i32Load, 2, JUMP_CACHE_START + 4)
  code.op(Op.callIndirect)
  code.u32(REGION_TYPE)
  code.byte(0)
  load(BUDGET_ADDRESS)
  code.indexed(Op.localGet, budget)
  code.op(Op.i32Ne)
  code.indexed(Op.brIf, 0)
  code.op(Op.end)
  const run = { name: 'run', numParameters: 0, hasResult: false, numLocals: 3, code: code.view() }
  return encodeModule([run], { isShared, numTableEntries: INITIAL_TABLE_ENTRIES })
}

const sharedModule = new Lazy(() => new WebAssembly.Module(encodeRun(true)))
const unsharedModule = new Lazy(() => new WebAssembly.Module(encodeRun(false)))

/** What the module above exports. */
interface Chain {
  readonly table: WebAssembly.Table
  readonly run: () => void
}

function instantiate({ wasmMemory, isShared }: TranslatorMemory): Chain {
  const module = (isShared ? sharedModule : unsharedModule).value
  const { exports } = new WebAssembly.Instance(module, { machine: { memory: wasmMemory } })
  return exports as unknown as Chain
}

/** Chains compiled regions inside WebAssembly; one a machine. State between regions lies in memory (see layout.ts). */
export class Dispatcher {
  /** Made with the first region, which short programs never have. */
  readonly #chain: Lazy<Chain>
  readonly #words: Int32Array
  #numFunctions = 0

  constructor(memory: TranslatorMemory) {
    this.#chain = new Lazy(() => instantiate(memory))
    this.#words = new Int32Array(memory.wasmMemory.buffer)
  }

  /** Adds a compiled region and returns its index. */
  add(region: () => void): number {
    const { table } = this.#chain.value
    if (this.#numFunctions === table.length) table.grow(table.length)
    table.set(this.#numFunctions, region)
    return this.#numFunctions++
  }

  /** Makes jumps to `pc` enter region `index`, in place of another pc of the same cache entry. */
  cache(pc: number, index: number): void {
    const entry = JUMP_CACHE_START / 4 + 2 * ((pc >>> 2) & (JUMP_CACHE_ENTRIES - 1))
    this.#words[entry] = ~pc
    this.#words[entry + 1] = index
  }

  /** Runs compiled code from the current pc for at most `budget` (below 2^31) steps; returns how many it retired. */
  run(budget: number): number {
    this.#words[BUDGET_ADDRESS / 4] = budget
    this.#chain.value.run()
    return budget - this.#words[BUDGET_ADDRESS / 4]
  }

  /** Enters `region` once, from the current pc, for at most `budget` (below 2^31) steps; returns how many it retired. */
  runRegion(region: () => void, budget: number): number {
    this.#words[BUDGET_ADDRESS / 4] = budget
    region()
    return budget - this.#words[BUDGET_ADDRESS / 4]
  }

  /** Why the last region was left (an ExitReason); none when it is asked again. */
  takeExitReason(): number {
    const reason = this.#words[EXIT_REASON_ADDRESS / 4]
    this.#words[EXIT_REASON_ADDRESS / 4] = 0
    return reason
  }
}
