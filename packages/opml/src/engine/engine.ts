import type { OperatorTable } from '../graph/operatorRule.ts'
import type { Program } from '../graph/program.ts'
import type { OutputPlace } from '../graph/programWalk.ts'
import { EngineInputError } from './engineErrors.ts'
import { planProgram, type PlanRequest } from './enginePlan.ts'
import { type EngineWorker, EngineWorkers } from './engineWorkers.ts'
import type { ConstantBytes, EnginePlan, Place, SectionPlan } from './planTypes.ts'
import type { RunState, TraceOptions } from './runState.ts'
import { type Laid, SectionRuns } from './sectionRuns.ts'

/** How an {@link Engine} gets its threads. */
export interface EngineOptions {
  readonly operators: OperatorTable
  /** Threads that compute, the caller's included; 1 unless given. Above 1 needs `createWorker` and a host with SharedArrayBuffer. */
  readonly numThreads?: number
  /** Starts a worker that runs the script at {@link ENGINE_WORKER_URL}. */
  readonly createWorker?: () => EngineWorker
  /** False where the calling thread must not sleep: the main thread of a browser. */
  readonly canBlock?: boolean
  /** Whether micro-ops run as machine code made for each program, true unless given; false, for tests: by the interpreter alone. */
  readonly compilesStrips?: boolean
  /** Multiply-adds that make a run worth calling the workers: 2^21 unless given. For tests, which want them called for less. */
  readonly minSharedCost?: number
}

/** What one run may ask for. */
export interface RunOptions {
  /** Stops the run between nodes. */
  readonly signal?: AbortSignal
  /** Called now and then with the share that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void
  /** Called after each node with its output, valid during the call only. The number counts the nodes of all sections. */
  readonly tap?: (p: { step: number; node: number; bytes: Uint8Array }) => void
  /** Has the root of every output made, by the same threads while they run; without it nothing is hashed. */
  readonly trace?: TraceOptions
}

/** To wake a worker takes as long as some 2^19 multiply-adds, and small stages are over before it comes. */
const MIN_SHARED_COST = 2 ** 21

/**
 * Runs programs in WebAssembly with SIMD and threads; the same code in Node and in browsers. Every output has the bits of the portable
 * kernels, whatever the number of threads.
 *
 * @example
 * const engine = Engine.create({ operators: OPERATOR_TABLE })
 * const [logits] = await engine.load(program, constants).run([pixels])
 */
export class Engine {
  readonly #options: EngineOptions
  readonly #workers: EngineWorkers
  readonly #isShared: boolean

  private constructor(options: EngineOptions) {
    const { numThreads = 1, createWorker } = options
    this.#isShared = createWorker !== undefined && numThreads > 1 && typeof SharedArrayBuffer === 'function'
    this.#options = options
    this.#workers = new EngineWorkers({
      numWorkers: this.#isShared ? numThreads - 1 : 0,
      createWorker: createWorker as () => EngineWorker,
    })
  }

  /** An engine with its workers started; {@link close} stops them. */
  static create(options: EngineOptions): Engine {
    return new Engine(options)
  }

  /** Threads that compute: 1 where the host has no shared memory. */
  get numThreads(): number {
    return this.#workers.count + 1
  }

  /**
   * Lays out a program that the verifier accepts, with the bytes of its constants. They are copied into the memory of the engine; where a
   * function reads them from a file one by one, that is the only copy.
   *
   * @throws {EngineInputError} a constant has another number of bytes than the program says.
   * @throws {UnknownOpcodeError}
   * @throws {EngineMemoryError}
   */
  load(program: Program, constants: readonly ConstantBytes[]): LoadedProgram {
    const { operators, canBlock = true, compilesStrips = true, minSharedCost = MIN_SHARED_COST } = this.#options
    const { numThreads } = this
    const request = {
      program,
      constants,
      operators,
      numThreads,
      isShared: this.#isShared,
      compilesStrips,
      minSharedCost,
    }
    return new LoadedProgram({ request, workers: this.#workers, canBlock })
  }

  /** Stops the workers. */
  close(): void {
    this.#workers.stop()
  }
}

/** A program in the memory of an engine. Runs of one program wait for each other. */
export class LoadedProgram {
  readonly #request: Omit<PlanRequest, 'isTapped' | 'base'>
  readonly #workers: EngineWorkers
  readonly #canBlock: boolean
  #laid: Laid | undefined
  #tapped: Laid | undefined
  #last: Promise<unknown> | undefined

  /** By {@link Engine.load}. */
  constructor(p: { request: Omit<PlanRequest, 'isTapped' | 'base'>; workers: EngineWorkers; canBlock: boolean }) {
    this.#request = p.request
    this.#workers = p.workers
    this.#canBlock = p.canBlock
    this.#laid = this.#lay()
  }

  /** Bytes of memory that the program takes. */
  get memoryBytes(): number {
    return this.#laid?.plan.memory.buffer.byteLength ?? 0
  }

  /**
   * The program's outputs, in its order, as dense little-endian bytes.
   *
   * @param inputs - one byte string an input, in the program's order.
   * @throws {EngineInputError}
   * @throws {RunCancelledError} when the signal stops the run.
   * @throws {TreeOverflowError} a trace is wanted at a height that an output does not fit.
   */
  async run(inputs: readonly Uint8Array[], options: RunOptions = {}): Promise<Uint8Array[]> {
    if (this.#last === undefined && runsAtOnce(options)) return this.#runAtOnce(inputs, options)
    return await this.#inTurn(() => this.#run(inputs, options))
  }

  /**
   * Bytes of some outputs on the way, by running no further than the last of them. Copies, in the order of `places`.
   *
   * @param options.from - a state that a traced run of this loaded program with the same inputs gave, at or before the places.
   * @throws {EngineInputError}
   * @throws {RunCancelledError} when the signal stops the run.
   * @throws {RangeError} for a place that the run does not come to.
   */
  async outputsAt(
    inputs: readonly Uint8Array[],
    places: readonly OutputPlace[],
    options: { readonly from?: RunState | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Uint8Array[]> {
    const { from, signal } = options
    const order = places.map((_, i) => i)
    const placeOf = (i: number) => places[i] as OutputPlace
    order.sort((a, b) => placeOf(a).position - placeOf(b).position || placeOf(a).node - placeOf(b).node)
    return await this.#inTurn(async () => {
      const { run } = this.#begin(inputs, { ...(signal && { signal }), isTapped: true })
      const found = await run.outputs(order.map(placeOf), from)
      return places.map((_, i) => found[order.indexOf(i)] as Uint8Array)
    })
  }

  /** The outputs of each of several inputs, one after the other. */
  async runBatch(batch: readonly (readonly Uint8Array[])[], options: RunOptions = {}): Promise<Uint8Array[][]> {
    const results: Uint8Array[][] = []
    for (const inputs of batch) results.push(await this.run(inputs, options))
    return results
  }

  /** Gives the memory back. */
  close(): void {
    for (const laid of [this.#laid, this.#tapped]) if (laid !== undefined) this.#workers.unload(laid.ids)
    this.#laid = undefined
    this.#tapped = undefined
  }

  /** Without a base the plan of plain runs, behind it that of runs which are looked at; runs wait for each other. */
  #lay(base?: EnginePlan): Laid {
    const plan = planProgram({ ...this.#request, isTapped: base !== undefined, base })
    const { module, memory, strips, threads } = plan
    const ids = this.#workers.load({
      module,
      memory,
      strips,
      plans: plan.sections.map(({ address }) => address),
      threads: threads.slice(1),
    })
    return { plan, ids }
  }

  /** Waits for the runs that were started before. */
  async #inTurn(work: () => Promise<Uint8Array[]>): Promise<Uint8Array[]> {
    const before = this.#last
    const result = before === undefined ? work() : before.then(work)
    const settled = result.then(
      () => undefined,
      () => undefined,
    )
    this.#last = settled
    void settled.then(() => {
      if (this.#last === settled) this.#last = undefined
    })
    return await result
  }

  /** Puts the inputs in their places. */
  #begin(
    inputs: readonly Uint8Array[],
    { isTapped, ...options }: RunOptions & { isTapped: boolean },
  ): { laid: Laid; memory: Uint8Array; run: SectionRuns } {
    const plain = (this.#laid ??= this.#lay())
    const laid = isTapped ? (this.#tapped ??= this.#lay(plain.plan)) : plain
    const memory = new Uint8Array(laid.plan.memory.buffer)
    this.#request.program.inputs.forEach(({ name }, i) => {
      const { address, bytes } = laid.plan.inputs[i] as Place
      if (inputs[i]?.length !== bytes)
        throw new EngineInputError({ kind: 'Input', name, expectedBytes: bytes, actualBytes: inputs[i]?.length })
      memory.set(inputs[i], address)
    })
    const run = new SectionRuns({ laid, memory, options, workers: this.#workers, canBlock: this.#canBlock })
    return { laid, memory, run }
  }

  /** A run that nothing interrupts is over before anything else can have its turn. */
  #runAtOnce(inputs: readonly Uint8Array[], options: RunOptions): Uint8Array[] {
    const { laid, memory, run } = this.#begin(inputs, { ...options, isTapped: isTapped(options) })
    for (let i = 0; i < laid.plan.sections.length; i++) void run.section(i)
    return this.#outputs(laid, memory)
  }

  async #run(inputs: readonly Uint8Array[], options: RunOptions): Promise<Uint8Array[]> {
    const { laid, memory, run } = this.#begin(inputs, { ...options, isTapped: isTapped(options) })
    for (let i = 0; i < laid.plan.sections.length; i++) await run.section(i)
    return this.#outputs(laid, memory)
  }

  /** Copies of the outputs. */
  #outputs(laid: Laid, memory: Uint8Array): Uint8Array[] {
    return this.#request.program.outputs.map(({ section, node }) => {
      const { address, bytes } = (laid.plan.sections[section] as SectionPlan).outputs[node] as Place
      return memory.slice(address, address + bytes)
    })
  }
}

function isTapped({ tap, trace }: RunOptions): boolean {
  return tap !== undefined || trace !== undefined
}

/** Whether a run gives the host no turn before its end. */
function runsAtOnce({ signal, onProgress }: RunOptions): boolean {
  return signal === undefined && onProgress === undefined
}
