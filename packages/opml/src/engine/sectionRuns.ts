import { HASH_BYTES } from '../core/keccak.ts'
import { TreeOverflowError } from '../core/merkleErrors.ts'
import { BLOCK_BYTES } from '../core/merkleZero.ts'
import type { OutputPlace } from '../graph/programWalk.ts'
import type { RunOptions } from './engine.ts'
import { RunCancelledError } from './engineErrors.ts'
import type { EnginePlan, Place, SectionPlan } from './planTypes.ts'
import type { EngineWorkers } from './engineWorkers.ts'
import type { RunState } from './runState.ts'
import { setBlockHeight } from './tracePlan.ts'

/** A plan with the workers' ids for its sections. */
export interface Laid {
  readonly plan: EnginePlan
  readonly ids: readonly number[]
}

/** Stages between two looks at signal and progress. */
const STAGES_PER_SLICE = 8
/** Bytes of a step's outputs that take longer to hash than workers to wake. */
const MIN_SHARED_BYTES = 2 ** 17

/** A step of a section. */
interface StepPlace {
  readonly number: number
  readonly step: number
}

/** One run of a program, section by section. */
export class SectionRuns {
  readonly #plan: EnginePlan
  readonly #ids: readonly number[]
  readonly #memory: Uint8Array
  readonly #options: RunOptions
  readonly #workers: EngineWorkers
  readonly #canBlock: number
  readonly #totalStages: number
  #doneStages = 0
  #firstNode = 0
  #firstPosition = 0

  /** @throws {TreeOverflowError} a trace is wanted at a height that an output does not fit. */
  constructor(p: { laid: Laid; memory: Uint8Array; options: RunOptions; workers: EngineWorkers; canBlock: boolean }) {
    this.#plan = p.laid.plan
    this.#ids = p.laid.ids
    this.#memory = p.memory
    this.#options = p.options
    this.#workers = p.workers
    this.#canBlock = p.canBlock ? 1 : 0
    this.#totalStages = this.#plan.sections.reduce((sum, { numStages, section }) => sum + numStages * section.steps, 0)
    const { trace } = p.options
    if (trace !== undefined) this.#setBlockHeight(trace.blockHeight)
  }

  /** Runs section `number`; undefined when it is done already, which is so without signal and progress. */
  section(number: number): Promise<void> | undefined {
    const plan = this.#plan.sections[number] as SectionPlan
    const { signal, onProgress } = this.#options
    if (signal !== undefined || onProgress !== undefined) return this.#slowSection(plan, number)
    for (let step = 0; step < plan.section.steps; step++) {
      this.#beforeStep(plan, step)
      this.#opened(plan, { number, from: 0 }, () => this.#stages(plan, { from: 0, to: plan.numStages, step }))
      this.#afterStep(plan, { number, step })
      if (this.#isHalted(plan)) break
    }
    this.#leave(plan)
    return undefined
  }

  /**
   * Runs from a state, or from the start, no further than the last of the places, and copies their bytes.
   *
   * @param places - ascending by position, then node.
   * @throws {RangeError} for a place that the run does not come to.
   */
  async outputs(places: readonly OutputPlace[], from?: RunState): Promise<Uint8Array[]> {
    for (const { address, bytes } of from?.parts ?? []) this.#memory.set(bytes, address)
    const copies: Uint8Array[] = []
    for (const [number, plan] of this.#plan.sections.entries()) {
      const start = from !== undefined && number === from.section ? from.step : 0
      const isPassed = from !== undefined && number < from.section
      for (let step = start; step < plan.section.steps && !isPassed; step++) {
        const position = this.#firstPosition + step
        const here = places.slice(copies.length).filter((place) => place.position === position)
        this.#beforeStep(plan, step)
        let done = 0
        for (const { node } of here) {
          await this.#slices(plan, { number, from: done, to: node + 1, step })
          done = Math.max(done, node + 1)
          const { address, bytes } = plan.outputs[node] as Place
          copies.push(this.#memory.slice(address, address + bytes))
        }
        if (copies.length === places.length) return copies
        await this.#slices(plan, { number, from: done, to: plan.numStages, step })
        if (this.#isHalted(plan)) break
      }
      this.#leave(plan)
    }
    const missing = places[copies.length] as OutputPlace
    throw new RangeError(`The run computes nothing at position ${missing.position}, node ${missing.node}.`)
  }

  async #slowSection(plan: SectionPlan, number: number): Promise<void> {
    const end = this.#doneStages + plan.numStages * plan.section.steps
    for (let step = 0; step < plan.section.steps; step++) {
      this.#beforeStep(plan, step)
      await this.#slices(plan, { number, from: 0, to: plan.numStages, step })
      this.#afterStep(plan, { number, step })
      if (this.#isHalted(plan)) break
    }
    if (this.#doneStages < end) this.#options.onProgress?.(end / this.#totalStages)
    this.#doneStages = end
    this.#leave(plan)
  }

  /** Does stages in slices, between which the host has its turn and the run can be cancelled. */
  async #slices(plan: SectionPlan, p: StepPlace & { from: number; to: number }): Promise<void> {
    const { signal, onProgress } = this.#options
    for (let from = p.from; from < p.to; from += STAGES_PER_SLICE) {
      if (signal?.aborted) throw new RunCancelledError({ cause: signal.reason })
      const to = Math.min(p.to, from + STAGES_PER_SLICE)
      this.#opened(plan, { number: p.number, from }, () => this.#stages(plan, { from, to, step: p.step }))
      this.#doneStages += to - from
      onProgress?.(this.#doneStages / this.#totalStages)
      await nextTurn()
    }
  }

  #leave(plan: SectionPlan): void {
    this.#firstNode += plan.section.nodes.length
    this.#firstPosition += plan.section.steps
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
    if (this.#workers.count === 0) return false
    if (plan.isShared || this.#options.trace === undefined) return plan.isShared
    return plan.outputs.reduce((sum, { bytes }) => sum + bytes, 0) >= MIN_SHARED_BYTES
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
    if (plan.trace === undefined) return
    // A run that hands out roots has hashed the step before, from step 1 on: trees and copies are there to compare with.
    const trace = this.#options.trace === undefined ? 0 : plan.trace.address
    this.#plan.exports.engine_begin_trace(plan.address, trace, step > 0 ? 1 : 0)
  }

  #afterStep(plan: SectionPlan, { number, step }: StepPlace): void {
    if (this.#options.trace === undefined || plan.trace === undefined) return
    const { roots } = plan.trace
    this.#options.trace.onStep({
      position: this.#firstPosition + step,
      roots: this.#memory.subarray(roots, roots + plan.numStages * HASH_BYTES),
      state: () => this.#stateAfter(plan, { number, step }),
    })
  }

  #stateAfter(plan: SectionPlan, { number, step }: StepPlace): RunState | undefined {
    const isOver = step + 1 === plan.section.steps || this.#isHalted(plan)
    if (isOver && number + 1 === this.#plan.sections.length) return undefined
    const before = this.#plan.sections
      .slice(0, number)
      .flatMap(({ kept, outputs }) => kept.map((node) => outputs[node]))
    const nodes = isOver ? plan.kept : new Set(plan.previous.map(({ node }) => node))
    const places = [...before, ...[...nodes].map((node) => plan.outputs[node])] as Place[]
    const parts = places.map(({ address, bytes }) => ({ address, bytes: this.#memory.slice(address, address + bytes) }))
    return {
      section: isOver ? number + 1 : number,
      step: isOver ? 0 : step + 1,
      position: this.#firstPosition + (isOver ? plan.section.steps : step + 1),
      parts,
      numBytes: parts.reduce((sum, { bytes }) => sum + bytes.length, 0),
    }
  }

  #setBlockHeight(blockHeight: number): void {
    for (const { trace, outputs } of this.#plan.sections) {
      const numBytes = outputs.reduce((most, { bytes }) => Math.max(most, bytes), 0)
      if (numBytes > BLOCK_BYTES * 2 ** blockHeight) throw new TreeOverflowError({ numBytes, height: blockHeight })
      if (trace !== undefined) setBlockHeight(this.#plan.memory, trace, blockHeight)
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
