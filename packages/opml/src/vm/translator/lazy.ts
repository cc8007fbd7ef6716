/** A value that is made at its first use. */
export class Lazy<T> {
  readonly #make: () => T
  #value: T | undefined

  constructor(make: () => T) {
    this.#make = make
  }

  /** True after the first use. */
  get isMade(): boolean {
    return this.#value !== undefined
  }

  /** The value. */
  get value(): T {
    this.#value ??= this.#make()
    return this.#value
  }
}
