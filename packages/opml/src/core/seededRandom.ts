/** A repeatable source of choices; the same seed gives the same choices. */
export interface SeededRandom {
  /** A whole number, 0 ≤ n < `bound`. */
  below(bound: number): number
  /** True in `numerator` of `denominator` cases. */
  chance(numerator: number, denominator: number): boolean
  pick<T>(items: readonly T[]): T
}

/** Choices from a 32-bit `seed`: a counter mixed by two multiply-xorshift rounds. */
export function seededRandom(seed: number): SeededRandom {
  let counter = seed >>> 0
  const next = (): number => {
    counter = (counter + 0x9e3779b9) >>> 0
    let word = counter
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return (word ^ (word >>> 15)) >>> 0
  }
  const below = (bound: number): number => next() % bound
  return {
    below,
    chance: (numerator, denominator) => below(denominator) < numerator,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('Cannot pick from an empty list.')
      return item
    },
  }
}
