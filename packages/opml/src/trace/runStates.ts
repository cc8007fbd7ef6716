import type { RunState } from '../engine/runState.ts'

/**
 * States along a run to go on from, in at most so many bytes: when they take more, every second one is let go and from then on only every
 * second step is kept. A run from the nearest one does at most as many steps as lie between two.
 */
export class RunStates {
  readonly #maxBytes: number
  #states: RunState[] = []
  #numBytes = 0
  #spacing = 1
  #numSeen = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes the next state of the run, if its turn has come; `make` copies it. */
  record(make: () => RunState | undefined): void {
    this.#numSeen++
    if (this.#numSeen % this.#spacing !== 0) return
    const state = make()
    if (state === undefined || state.numBytes > this.#maxBytes) return
    this.#states.push(state)
    this.#numBytes += state.numBytes
    while (this.#numBytes > this.#maxBytes) this.#thinOut()
  }

  /** The last state at or before a step position; undefined for the start. */
  before(position: number): RunState | undefined {
    return this.#states.findLast((state) => state.position <= position)
  }

  /** Lets go of all. */
  clear(): void {
    this.#states = []
    this.#numBytes = 0
    this.#spacing = 1
    this.#numSeen = 0
  }

  #thinOut(): void {
    this.#spacing *= 2
    this.#states = this.#states.filter((_, i) => i % 2 === 1)
    this.#numBytes = this.#states.reduce((sum, { numBytes }) => sum + numBytes, 0)
  }
}
