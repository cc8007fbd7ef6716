import { foldLanes } from '../core/math/orderedSum.ts'

const NUM_LANES = 16

/**
 * The one order of an f32 sum: lane l of 16 takes the terms i ≡ l (mod 16) upward from +0, then lanes fold 8, 4, 2, 1.
 *
 * Terms are f32; every addition is rounded.
 * @see spec/01-numerics.md
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
