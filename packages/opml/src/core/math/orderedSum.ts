const { fround } = Math

/** Number of partial sums of every f32 reduction. */
const NUM_LANES = 16

/**
 * Sum of 16 lanes by folding 8, 4, 2, 1: lane j += lane j + 8, and so on. Overwrites the lanes.
 *
 * @see spec/01-numerics.md §7
 */
export function foldLanes(lanes: Float32Array): number {
  for (let width = NUM_LANES / 2; width > 0; width >>= 1)
    for (let j = 0; j < width; j++) lanes[j] = (lanes[j] as number) + (lanes[j + width] as number)
  return lanes[0] as number
}

/**
 * The one order of an f32 sum, term by term: lane l of 16 takes the terms i ≡ l (mod 16) upward from +0, then the lanes fold.
 *
 * Terms are f32; every addition is rounded.
 * @see spec/01-numerics.md §7
 */
export class OrderedSum {
  readonly #lanes = new Float32Array(NUM_LANES)

  /** Adds term number `index`; a term that takes no part is left out. */
  add(index: number, term: number): void {
    this.#lanes[index % NUM_LANES] += term
  }

  /** Folds the lanes; the sum may not be used afterwards. */
  total(): number {
    return foldLanes(this.#lanes)
  }
}

/** The f32 sum of x[n] in the one order of the project. */
export function orderedSum(x: Float32Array): number {
  const sum = new OrderedSum()
  for (let i = 0; i < x.length; i++) sum.add(i, x[i])
  return sum.total()
}

/** The f32 dot product of x[n] and y[n]: the ordered sum of the rounded products. */
export function orderedDot(x: Float32Array, y: Float32Array): number {
  const sum = new OrderedSum()
  for (let i = 0; i < x.length; i++) sum.add(i, fround(x[i] * y[i]))
  return sum.total()
}
