/**
 * The lesser of two f32: NaN if either is NaN; −0 lies below +0.
 *
 * @see spec/01-numerics.md §2
 */
export function minF32(a: number, b: number): number {
  return Math.min(a, b)
}

/** The greater of two f32: NaN if either is NaN; −0 lies below +0. */
export function maxF32(a: number, b: number): number {
  return Math.max(a, b)
}
