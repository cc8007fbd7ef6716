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

/** The f32 sum of x[n] in the one order of the project: lane l of 16, from +0, adds the elements i ≡ l (mod 16) upward; the lanes fold. */
export function orderedSum(x: Float32Array): number {
  const lanes = new Float32Array(NUM_LANES)
  for (let i = 0; i < x.length; i++) lanes[i & 15] = (lanes[i & 15] as number) + (x[i] as number)
  return foldLanes(lanes)
}

/** The f32 dot product of x[n] and y[n]: the ordered sum of the rounded products. */
export function orderedDot(x: Float32Array, y: Float32Array): number {
  const lanes = new Float32Array(NUM_LANES)
  for (let i = 0; i < x.length; i++)
    lanes[i & 15] = (lanes[i & 15] as number) + fround((x[i] as number) * (y[i] as number))
  return foldLanes(lanes)
}
