import type { StripModule } from './planTypes.ts'

/** What the engine asks of a worker; see engineWorker.js. */
export type EngineMessage =
  | { readonly kind: 'start'; readonly control: Int32Array }
  | {
      readonly kind: 'load'
      readonly module: WebAssembly.Module
      readonly memory: WebAssembly.Memory
      readonly strips: StripModule | undefined
      readonly plans: readonly { readonly id: number; readonly plan: number }[]
      /** Number of the worker among the threads, from 1 on. */
      readonly thread: number
      readonly stack: number
      readonly scratch: number
    }
  | { readonly kind: 'unload'; readonly ids: readonly number[] }

/** A started worker that runs the script at {@link ENGINE_WORKER_URL}; the caller adapts its host's worker to this. */
export interface EngineWorker {
  post(message: EngineMessage): void
  /** Stops the worker for good. */
  stop(): void
}

/** Script of a worker of the engine: plain JavaScript, the same in Node and in browsers. */
export const ENGINE_WORKER_URL: URL = new URL('./engineWorker.js', import.meta.url)

const GENERATION = 0
const POSTED = 1
const PLAN = 2
const NUM_WORDS = 3

/**
 * The workers of an engine. Between runs they sleep on control words in shared memory, where a run wakes them without a message.
 *
 * A worker that is late or gone slows a run down but never stops it: threads claim work, none is waited for that has claimed nothing.
 */
export class EngineWorkers {
  readonly #workers: readonly EngineWorker[]
  readonly #control: Int32Array | undefined
  #nextId = 1

  constructor(p: { numWorkers: number; createWorker: () => EngineWorker }) {
    this.#workers = Array.from({ length: p.numWorkers }, () => p.createWorker())
    if (this.#workers.length === 0) return
    this.#control = new Int32Array(new SharedArrayBuffer(NUM_WORDS * Int32Array.BYTES_PER_ELEMENT))
    const control = this.#control
    this.#post(() => ({ kind: 'start', control }))
  }

  /** Number of workers; the calling thread is one more. */
  get count(): number {
    return this.#workers.length
  }

  /** Gives every worker an instance of its own over the memory; returns an id for each of the plans. */
  load(p: {
    module: WebAssembly.Module
    memory: WebAssembly.Memory
    strips: StripModule | undefined
    plans: readonly number[]
    threads: readonly { stack: number; scratch: number }[]
  }): number[] {
    const ids = p.plans.map(() => this.#nextId++)
    const plans = p.plans.map((plan, i) => ({ id: ids[i] as number, plan }))
    this.#post((worker) => ({
      kind: 'load',
      module: p.module,
      memory: p.memory,
      strips: p.strips,
      plans,
      thread: worker + 1,
      ...(p.threads[worker] as { stack: number; scratch: number }),
    }))
    return ids
  }

  unload(ids: readonly number[]): void {
    this.#post(() => ({ kind: 'unload', ids }))
  }

  /** Calls the workers to the open run of a plan. */
  wake(id: number): void {
    if (this.#control === undefined) return
    Atomics.store(this.#control, PLAN, id)
    this.#notify(this.#control)
  }

  stop(): void {
    for (const worker of this.#workers) worker.stop()
  }

  #post(messageFor: (worker: number) => EngineMessage): void {
    if (this.#control === undefined) return
    this.#workers.forEach((worker, i) => worker.post(messageFor(i)))
    Atomics.add(this.#control, POSTED, 1)
    this.#notify(this.#control)
  }

  #notify(control: Int32Array): void {
    Atomics.add(control, GENERATION, 1)
    Atomics.notify(control, GENERATION)
  }
}
