import type { Tensor } from '../builder/tensor.ts'

/** Values by name; a subgraph sees those of the graphs around it. */
export class Scope {
  readonly #values = new Map<string, Tensor | undefined>()
  readonly #outer: Scope | undefined

  constructor(outer?: Scope) {
    this.#outer = outer
  }

  /** Whether this graph itself, not one around it, has given the name a value. */
  hasOwn(name: string): boolean {
    return this.#values.has(name)
  }

  /** Gives a name its value; undefined marks one that could not be lowered. */
  set(name: string, value: Tensor | undefined): void {
    this.#values.set(name, value)
  }

  has(name: string): boolean {
    return this.#values.has(name) || (this.#outer?.has(name) ?? false)
  }

  /** The value, or undefined where it could not be lowered or the name is not known ({@link has} tells). */
  get(name: string): Tensor | undefined {
    return this.#values.has(name) ? this.#values.get(name) : this.#outer?.get(name)
  }
}
