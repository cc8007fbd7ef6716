import type { LoadedProgram } from '../engine/engine.ts'
import type { OutputPlace } from '../graph/programWalk.ts'
import type { ReplayableRun } from './programRun.ts'
import { RunStates } from './runStates.ts'

/** What an {@link EngineRun} is made from. */
export interface EngineRunOptions {
  /** The program in an engine, which stays loaded as long as there are questions. */
  readonly loaded: LoadedProgram
  /** One byte string an input, in the program's order. */
  readonly inputs: readonly Uint8Array[]
  /** Stops runs. With a signal the host has its turn every few nodes. */
  readonly signal?: AbortSignal
  /** Bytes that states to go on from may take, 64 MiB unless given. */
  readonly maxStateBytes?: number
}

const MAX_STATE_BYTES = 2 ** 26

/**
 * A run of an engine: its threads hash the outputs where they lie while they compute, and a question runs from the nearest state that was
 * kept no further than to what is asked for.
 *
 * States are kept between steps: of a program of one step there are none.
 */
export class EngineRun implements ReplayableRun {
  readonly #options: EngineRunOptions
  readonly #states: RunStates

  constructor(options: EngineRunOptions) {
    this.#options = options
    this.#states = new RunStates(options.maxStateBytes ?? MAX_STATE_BYTES)
  }

  /** @throws {RunCancelledError} */
  async roots(blockHeight: number, onStep: (step: { position: number; roots: Uint8Array }) => void): Promise<void> {
    const { loaded, inputs, signal } = this.#options
    this.#states.clear()
    await loaded.run(inputs, {
      ...(signal && { signal }),
      trace: {
        blockHeight,
        onStep: ({ position, roots, state }) => {
          onStep({ position, roots: roots.slice() })
          this.#states.record(state)
        },
      },
    })
  }

  /** @throws {RunCancelledError} @throws {RangeError} for a place that is not computed. */
  async outputs(places: readonly OutputPlace[]): Promise<Uint8Array[]> {
    const { loaded, inputs, signal } = this.#options
    const first = places.reduce((least, { position }) => Math.min(least, position), Number.POSITIVE_INFINITY)
    return await loaded.outputsAt(inputs, places, { from: this.#states.before(first), signal })
  }
}
