/** A stretch of time and bytes that needs a place: live from `first` to `last`, both included. */
export interface Lifetime {
  readonly first: number
  readonly last: number
  readonly bytes: number
}

/** Offsets of each lifetime, and the bytes that all of them need together. */
export interface ArenaPlan {
  readonly offsets: readonly number[]
  readonly bytes: number
}

const ALIGNMENT = 64
/** Vector loads may read this far past the end of a tensor. */
const SLACK_BYTES = 64

/** Bytes that a tensor takes in memory: aligned, with room for vector loads past its end. */
export function paddedBytes(bytes: number): number {
  return Math.ceil((bytes + SLACK_BYTES) / ALIGNMENT) * ALIGNMENT
}

/** Gives every lifetime the lowest place that no other one alive at the same time takes, large ones first. */
export function planArena(lifetimes: readonly Lifetime[]): ArenaPlan {
  const offsets = new Array<number>(lifetimes.length).fill(0)
  const placed: { from: number; to: number; lifetime: Lifetime }[] = []
  const order = lifetimes.map((_, i) => i).sort((i, j) => lifetimes[j].bytes - lifetimes[i].bytes || i - j)
  let end = 0
  for (const i of order) {
    const lifetime = lifetimes[i]
    const size = paddedBytes(lifetime.bytes)
    let offset = 0
    for (const { from, to, lifetime: other } of placed) {
      if (other.last < lifetime.first || lifetime.last < other.first || to <= offset) continue
      if (offset + size <= from) break
      offset = to
    }
    offsets[i] = offset
    const at = placed.findIndex(({ from }) => from > offset)
    placed.splice(at < 0 ? placed.length : at, 0, { from: offset, to: offset + size, lifetime })
    end = Math.max(end, offset + size)
  }
  return { offsets, bytes: end }
}
