import type { Dtype } from '../../graph/dtype.ts'

/** How a tensor of integers is to be read: `(q − zeroPoint) · scale`. */
export interface QuantisedType {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly scale: number
  readonly zeroPoint: number
}

/** A tensor of the integer program beside the same one of the float model, over all samples of the evaluation. */
export interface TensorQuality extends QuantisedType {
  /** √(Σ (q − x)² ÷ Σ x²); 0 where both are zero. */
  readonly relativeError: number
  readonly greatestError: number
}

/** A result of the model: how often its greatest element along the last axis is the same one. */
export interface ResultQuality extends TensorQuality {
  readonly sameArgmax: number
}

/** How 16-bit products and clipping were chosen: docs/quantise.md. Errors are relative ones of the worst result. */
export interface WideChoice {
  /** What the error of the results had to come down to. */
  readonly budget: number
  /** The error when every product takes 16-bit activations: what 8-bit weights alone cost. */
  readonly floor: number
  /** What was tried, in this order. */
  readonly tried: readonly { readonly numWide: number; readonly clip: string; readonly error: number }[]
  /**
   * The products that take 16 bits, worst first: with the error of the model's worst result when they alone take 8 bits, and the one that 8-bit
   * activations were estimated to give their own result.
   */
  readonly widened: readonly {
    readonly name: string
    readonly operator: string
    readonly activationError: number
    readonly resultError: number
  }[]
}

/** What the quantisation costs; JSON beside the program in its bundle. */
export interface QualityReport {
  readonly format: 'opml.quality.1'
  /** `keccak` is that of all inputs of all samples, one after the other: who has the same data can make the same bundle. */
  readonly calibration: { readonly numSamples: number; readonly keccak: string; readonly clip: string }
  readonly evaluation: { readonly numSamples: number }
  /** Products of 8-bit and of 16-bit activations. */
  readonly products: { readonly narrow: number; readonly wide: number }
  /** Absent where the caller named the wide products. */
  readonly choice?: WideChoice
  readonly inputs: readonly QuantisedType[]
  readonly outputs: readonly ResultQuality[]
  /** Every stored tensor that the model has a name for, in the order of computation. */
  readonly layers: readonly TensorQuality[]
}

/** Sums up how far integers are from real numbers. */
export class ErrorSum {
  readonly #type: QuantisedType
  #squares = 0
  #errors = 0
  #greatest = 0
  #rows = 0
  #sameRows = 0

  constructor(type: QuantisedType) {
    this.#type = type
  }

  /** Adds one sample. */
  add(integers: ArrayLike<number>, reals: Float32Array): void {
    const { scale, zeroPoint } = this.#type
    let [squares, errors, greatest] = [0, 0, this.#greatest]
    for (let i = 0; i < reals.length; i++) {
      const error = ((integers[i] as number) - zeroPoint) * scale - reals[i]
      squares += reals[i] * reals[i]
      errors += error * error
      if (Math.abs(error) > greatest) greatest = Math.abs(error)
    }
    this.#squares += squares
    this.#errors += errors
    this.#greatest = greatest
    const size = Math.max(1, this.#type.shape.at(-1) ?? 1)
    for (let row = 0; row < reals.length; row += size) {
      this.#rows++
      if (argmax(integers, row, size) === argmax(reals, row, size)) this.#sameRows++
    }
  }

  get quality(): ResultQuality {
    const relativeError = this.#squares === 0 ? Number(this.#errors > 0) : Math.sqrt(this.#errors / this.#squares)
    const sameArgmax = this.#rows === 0 ? 1 : this.#sameRows / this.#rows
    return { ...this.#type, relativeError, greatestError: this.#greatest, sameArgmax }
  }
}

function argmax(values: ArrayLike<number>, from: number, size: number): number {
  let best = from
  for (let i = from + 1; i < from + size; i++) if ((values[i] as number) > (values[best] as number)) best = i
  return best
}
