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

/** What the quantisation costs; JSON beside the program in its bundle. */
export interface QualityReport {
  readonly format: 'opml.quality.1'
  readonly calibration: { readonly numSamples: number; readonly clip: string }
  readonly evaluation: { readonly numSamples: number }
  /** Products of 8-bit and of 16-bit activations. */
  readonly products: { readonly narrow: number; readonly wide: number }
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
    for (let i = 0; i < reals.length; i++) {
      const error = ((integers[i] as number) - zeroPoint) * scale - reals[i]
      this.#squares += reals[i] * reals[i]
      this.#errors += error * error
      this.#greatest = Math.max(this.#greatest, Math.abs(error))
    }
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
