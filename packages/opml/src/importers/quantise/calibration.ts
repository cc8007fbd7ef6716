/** Least and greatest value of a tensor. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** Sums a tensor's values a channel of one dimension. */
export class ChannelMeans {
  readonly #sums: Float64Array
  readonly #inner: number
  #count = 0

  /** For tensors of `shape`, along dimension `axis`. */
  constructor(shape: readonly number[], axis: number) {
    this.#sums = new Float64Array(shape[axis])
    this.#inner = shape.slice(axis + 1).reduce((product, dim) => product * dim, 1)
  }

  /** Adds one tensor. */
  add(values: Float32Array): void {
    const sums = this.#sums
    for (let i = 0, channel = 0; i < values.length; channel = (channel + 1) % sums.length) {
      let sum = 0
      for (const end = i + this.#inner; i < end; i++) sum += values[i]
      sums[channel] += sum
    }
    this.#count += values.length / sums.length
  }

  /** Mean of each channel. */
  get means(): Float64Array {
    return this.#sums.map((sum) => sum / Math.max(this.#count, 1))
  }
}

/** How the ranges of 8-bit tensors are chosen: everything seen, or the range that loses least in squared error. */
export type Clip = 'minmax' | 'mse'

const NUM_BINS = 2048
const HALF = NUM_BINS / 2
/** Shares of the range seen that are tried by `mse`. */
const NUM_TRIALS = 40

/**
 * The values that a tensor took: least, greatest, and a histogram over ±2^k, whose k grows as needed.
 *
 * NaN and infinities are refused by {@link ValueRange.add}.
 */
export class ValueRange {
  #low = Infinity
  #high = -Infinity
  #limit = 2 ** -20
  #count = 0
  #squares = 0
  readonly #bins = new Float64Array(NUM_BINS)

  /** Counts values. Returns false when one is not finite. */
  add(values: Float32Array): boolean {
    let low = this.#low
    let high = this.#high
    let squares = 0
    for (let i = 0; i < values.length; i++) {
      const value = values[i]
      if (!Number.isFinite(value)) return false
      if (value < low) low = value
      if (value > high) high = value
      squares += value * value
    }
    this.#low = low
    this.#high = high
    this.#count += values.length
    this.#squares += squares
    while (Math.max(-low, high) >= this.#limit) this.#widen()
    const bins = this.#bins
    const perUnit = HALF / this.#limit
    for (let i = 0; i < values.length; i++) bins[HALF + Math.floor(values[i] * perUnit)]++
    return true
  }

  /** What was seen. */
  get range(): Range {
    return { low: this.#low, high: this.#high }
  }

  /** Mean of the squares. */
  get meanSquare(): number {
    return this.#squares / Math.max(this.#count, 1)
  }

  /** Mean squared error of `levels` steps over {@link rangeFor}, by the histogram. */
  meanSquaredError(levels: number, clip: Clip): number {
    return this.#error(this.rangeFor(levels, clip), levels) / Math.max(this.#count, 1)
  }

  /** The range for `levels` steps; with `mse` a share of what was seen, by the error that the histogram tells. */
  rangeFor(levels: number, clip: Clip): Range {
    const seen = { low: Math.min(this.#low, 0), high: Math.max(this.#high, 0) }
    if (clip === 'minmax' || seen.high === seen.low) return seen
    let best = { range: seen, error: Infinity }
    for (let trial = NUM_TRIALS; trial > NUM_TRIALS / 4; trial--) {
      const share = trial / NUM_TRIALS
      const range = { low: seen.low * share, high: seen.high * share }
      const error = this.#error(range, levels)
      if (error < best.error) best = { range, error }
    }
    return best.range
  }

  /** Sum of squared errors: a twelfth of a step's square inside, the distance outside. */
  #error(range: Range, levels: number): number {
    const step = (range.high - range.low) / levels
    const inside = (step * step) / 12
    const width = this.#limit / HALF
    let error = 0
    for (let i = 0; i < NUM_BINS; i++) {
      const count = this.#bins[i]
      if (count === 0) continue
      const value = (i - HALF + 0.5) * width
      const beyond = Math.max(range.low - value, value - range.high, 0)
      error += count * (beyond > 0 ? beyond * beyond : inside)
    }
    return error
  }

  /** Doubles the limits: two bins become one. */
  #widen(): void {
    this.#limit *= 2
    const old = this.#bins.slice()
    this.#bins.fill(0)
    for (let i = 0; i < NUM_BINS; i++) this.#bins[HALF + Math.floor((i - HALF) / 2)] += old[i]
  }
}
