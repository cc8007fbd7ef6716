/** A loop of a reduction: its rounds, and the elements from one to the next. */
export interface Loop {
  readonly size: number
  readonly stride: number
}

/** Neighbouring loops that one stride runs through become one; loops of one round go. */
export function joinLoops(loops: readonly Loop[]): Loop[] {
  const joined: Loop[] = []
  for (const loop of loops) {
    const last = joined.at(-1)
    if (loop.size === 1) continue
    if (last !== undefined && last.stride === loop.stride * loop.size)
      joined[joined.length - 1] = { size: last.size * loop.size, stride: loop.stride }
    else joined.push(loop)
  }
  return joined
}
