import { OnnxUnsupportedError } from './errors.ts'

/** Reports are cut after so many lines. */
const MAX_REASONS = 200

/** Everything that an import could not do, once each. */
export class UnsupportedList {
  readonly #reasons = new Set<string>()

  add(reason: string): void {
    if (this.#reasons.size < MAX_REASONS) this.#reasons.add(reason)
  }

  /** @throws {OnnxUnsupportedError} with all reasons, if there are any. */
  throwIfAny(): void {
    if (this.#reasons.size > 0) throw new OnnxUnsupportedError([...this.#reasons])
  }
}
