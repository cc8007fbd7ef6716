import type { OperatorTable } from '../graph/operatorRule.ts'
import type { Program } from '../graph/program.ts'
import { EngineInputError, RunCancelledError } from './engineErrors.ts'
import {
  type ConstantBytes,
  type EnginePlan,
  type Place,
  planProgram,
  type PlanRequest,
  type SectionPlan,
} from './enginePlan.ts'
import { type EngineWorker, EngineWorkers } from './engineWorkers.ts'

/** How an {@link Engine} gets its threads. */
export interface EngineOptions {
  readonly operators: OperatorTable
  /** Threads that compute, the caller's included; 1 unless given. Above 1 needs `createWorker` and a host with SharedArrayBuffer. */
  readonly numThreads?: number
  /** Starts a worker that runs the script at {@link ENGINE_WORKER_URL}. */
  readonly createWorker?: () => EngineWorker
  /** False where the calling thread must not sleep: the main thread of a browser. */
  readonly canBlock?: boolean
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
}

/** To wake a worker takes as long as some 2^19 multiply-adds, and small stages are over before it comes. */
const MIN_SHARED_COST = 2 ** 21
/** Stages between two looks at signal and progress. */
const STAGES_PER_SLICE = 8

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
    const { operators, canBlock = true, minSharedCost = MIN_SHARED_COST } = this.#options
    const { numThreads } = this
    const request = { program, constants, operators, numThreads, isShared: this.#isShared, minSharedCost }
    return new LoadedProgram({ request, workers: this.#workers, canBlock })
  }

  /** Stops the workers. */
  close(): void {
    this.#workers.stop()
  }
}

interface Laid {
  readonly plan: EnginePlan
  readonly ids: readonly number[]
}

/** A program in the memory of an engine. Runs of one program wait for each other. */
export class LoadedProgram {
  readonly #request: Omit<PlanRequest, 'isTapped'>
  readonly #workers: EngineWorkers
  readonly #canBlock: boolean
  #laid: Laid | undefined
  #tapped: Laid | undefined
  #last: Promise<unknown> | undefined

  /** By {@link Engine.load}. */
  constructor(p: { request: Omit<PlanRequest, 'isTapped'>; workers: EngineWorkers; canBlock: boolean }) {
    this.#request = p.request
    this.#workers = p.workers
    this.#canBlock = p.canBlock
    this.#laid = this.#lay(false)
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
   */
  async run(inputs: readonly Uint8Array[], options: RunOptions = {}): Promise<Uint8Array[]> {
    const before = this.#last
    const result = before === undefined ? this.#run(inputs, options) : before.then(() => this.#run(inputs, options))
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

  #lay(isTapped: boolean): Laid {
    const plan = planProgram({ ...this.#request, isTapped })
    const { module, memory, threads } = plan
    const ids = this.#workers.load({
      module,
      memory,
      plans: plan.sections.map(({ address }) => address),
      threads: threads.slice(1),
    })
    return { plan, ids }
  }

  async #run(inputs: readonly Uint8Array[], options: RunOptions): Promise<Uint8Array[]> {
    const { program } = this.#request
    const laid = options.tap === undefined ? (this.#laid ??= this.#lay(false)) : (this.#tapped ??= this.#lay(true))
    const memory = new Uint8Array(laid.plan.memory.buffer)
    program.inputs.forEach(({ name }, i) => {
      const { address, bytes } = laid.plan.inputs[i] as Place
      if (inputs[i]?.length !== bytes)
        throw new EngineInputError({ kind: 'Input', name, expectedBytes: bytes, actualBytes: inputs[i]?.length })
      memory.set(inputs[i], address)
    })
    const run = new SectionRuns({ laid, memory, options, workers: this.#workers, canBlock: this.#canBlock })
    for (let i = 0; i < laid.plan.sections.length; i++) {
      const pending = run.section(i)
      if (pending !== undefined) await pending
    }
    return program.outputs.map(({ section, node }) => {
      const { address, bytes } = (laid.plan.sections[section] as SectionPlan).outputs[node] as Place
      return memory.slice(address, address + bytes)
    })
  }
}

/** One run of a program, section by section. */
class SectionRuns {
  readonly #plan: EnginePlan
  readonly #ids: readonly number[]
  readonly #memory: Uint8Array
  readonly #options: RunOptions
  readonly #workers: EngineWorkers
  readonly #canBlock: number
  readonly #totalStages: number
  #doneStages = 0
  #firstNode = 0

  constructor(p: { laid: Laid; memory: Uint8Array; options: RunOptions; workers: EngineWorkers; canBlock: boolean }) {
    this.#plan = p.laid.plan
    this.#ids = p.laid.ids
    this.#memory = p.memory
    this.#options = p.options
    this.#workers = p.workers
    this.#canBlock = p.canBlock ? 1 : 0
    this.#totalStages = this.#plan.sections.reduce((sum, { numStages, section }) => sum + numStages * section.steps, 0)
  }

  /** Runs section `number`; undefined when it is done already, which is so without signal and progress. */
  section(number: number): Promise<void> | undefined {
    const plan = this.#plan.sections[number] as SectionPlan
    const { signal, onProgress } = this.#options
    if (signal !== undefined || onProgress !== undefined) return this.#slowSection(plan, number)
    for (let step = 0; step < plan.section.steps; step++) {
      this.#beforeStep(plan, step)
      this.#opened(plan, { number, from: 0 }, () => this.#stages(plan, { from: 0, to: plan.numStages, step }))
      if (this.#isHalted(plan)) break
    }
    this.#firstNode += plan.section.nodes.length
    return undefined
  }

  async #slowSection(plan: SectionPlan, number: number): Promise<void> {
    const end = this.#doneStages + plan.numStages * plan.section.steps
    for (let step = 0; step < plan.section.steps; step++) {
      this.#beforeStep(plan, step)
      for (let from = 0; from < plan.numStages; from += STAGES_PER_SLICE) {
        if (this.#options.signal?.aborted) throw new RunCancelledError({ cause: this.#options.signal.reason })
        const to = Math.min(plan.numStages, from + STAGES_PER_SLICE)
        this.#opened(plan, { number, from }, () => this.#stages(plan, { from, to, step }))
        this.#doneStages += to - from
        this.#options.onProgress?.(this.#doneStages / this.#totalStages)
        await nextTurn()
      }
      if (this.#isHalted(plan)) break
    }
    if (this.#doneStages < end) this.#options.onProgress?.(end / this.#totalStages)
    this.#doneStages = end
    this.#firstNode += plan.section.nodes.length
  }

  /** Does work that workers may help with. */
  #opened(plan: SectionPlan, p: { number: number; from: number }, work: () => void): void {
    const { exports } = this.#plan
    if (!this.#isHelped(plan)) return work()
    exports.engine_open(plan.address, p.from)
    this.#workers.wake(this.#ids[p.number] as number)
    try {
      work()
    } finally {
      exports.engine_close(plan.address)
    }
  }

  #isHelped(plan: SectionPlan): boolean {
    return plan.isShared && this.#workers.count > 0
  }

  #stages(plan: SectionPlan, p: { from: number; to: number; step: number }): void {
    const { tap } = this.#options
    if (tap === undefined) return this.#call(plan, p.from, p.to)
    for (let stage = p.from; stage < p.to; stage++) {
      this.#call(plan, stage, stage + 1)
      const { address, bytes } = plan.outputs[stage] as Place
      tap({ step: p.step, node: this.#firstNode + stage, bytes: this.#memory.subarray(address, address + bytes) })
    }
  }

  #call(plan: SectionPlan, from: number, to: number): void {
    const { exports, threads } = this.#plan
    const scratch = threads[0]?.scratch as number
    if (this.#isHelped(plan)) exports.engine_run(plan.address, from, to, this.#canBlock, scratch)
    else exports.engine_run_alone(plan.address, from, to, scratch)
  }

  #beforeStep(plan: SectionPlan, step: number): void {
    for (const { node, initial, place } of plan.previous) {
      const { address, bytes } = place
      if (step > 0) this.#copy((plan.outputs[node] as Place).address, place)
      else if (initial.kind === 'zero') this.#memory.fill(0, address, address + bytes)
      else if (initial.kind === 'constant') this.#copy((this.#plan.constants[initial.index] as Place).address, place)
      else if (initial.kind === 'input') this.#copy((this.#plan.inputs[initial.index] as Place).address, place)
      else
        this.#copy(
          ((this.#plan.sections[initial.section] as SectionPlan).outputs[initial.index] as Place).address,
          place,
        )
    }
  }

  #copy(from: number, to: Place): void {
    this.#memory.copyWithin(to.address, from, from + to.bytes)
  }

  #isHalted(plan: SectionPlan): boolean {
    const { haltNode } = plan.section
    if (haltNode === undefined) return false
    const { address } = plan.outputs[haltNode] as Place
    return this.#memory.subarray(address, address + 4).some((byte) => byte !== 0)
  }
}

/** Lets the host do what waits: messages, timers, signals. */
async function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  await new Promise<void>((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(0)
  })
}
