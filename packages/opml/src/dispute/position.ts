/**
 * How many levels the next move or opening goes down from a node of `height`: `height mod 4`, or 4 where that is 0; a leaf has
 * nothing below it (0).
 *
 * @see spec/06-dispute.md §2
 */
export function descentDepth(height: number): number {
  return height === 0 ? 0 : height % 4 || 4
}

/** How many moves, of both sides together, lead from the root of a tree of `height` to a leaf: ⌈height/4⌉. */
export function numMoves(height: number): number {
  return Math.ceil(height / 4)
}

/** Index of the last leaf of a tree of `height`. */
export function lastPosition(height: number): bigint {
  return (1n << BigInt(height)) - 1n
}
