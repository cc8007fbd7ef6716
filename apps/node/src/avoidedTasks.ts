import type { Bytes32 } from 'opml/core'

/** A task whose input could not be had is looked at again after this long. */
const POSTPONED_MS = 10_000

/** Tasks that a role leaves alone: for good where they cannot be computed, for a while where their input may be had later. */
export class AvoidedTasks {
  readonly #hopeless = new Set<Bytes32>()
  /** By the time at which they are looked at again. */
  readonly #postponed = new Map<Bytes32, number>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  has(taskId: Bytes32): boolean {
    return this.#hopeless.has(taskId) || this.#nowMs() < (this.#postponed.get(taskId) ?? 0)
  }

  giveUp(taskId: Bytes32): void {
    this.#hopeless.add(taskId)
  }

  postpone(taskId: Bytes32): void {
    this.#postponed.set(taskId, this.#nowMs() + POSTPONED_MS)
  }

  /** Forgets tasks that nobody knows any more. */
  keepOnly(known: { has(taskId: Bytes32): boolean }): void {
    for (const taskId of this.#hopeless) if (!known.has(taskId)) this.#hopeless.delete(taskId)
    for (const taskId of this.#postponed.keys()) if (!known.has(taskId)) this.#postponed.delete(taskId)
  }
}
