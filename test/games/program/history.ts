import { BLOCK_BYTES, bytesEqual } from 'opml/core'
import type { Program, ProgramHeights, TappedOutput } from 'opml/graph'

/** Where a block of a history is. */
export interface BlockPlace {
  readonly position: number
  readonly node: number
  readonly block: number
}

/**
 * All outputs of a run, position by position, and nothing of trees: what games find is held against it. After a halt a position has the
 * outputs of the one before.
 */
export class History {
  /** outputs[position][node]: bytes. */
  readonly outputs: readonly (readonly Uint8Array[])[]
  /** Positions that repeat the one before. */
  readonly repeated: ReadonlySet<number>
  readonly #heights: ProgramHeights

  private constructor(p: { outputs: Uint8Array[][]; repeated: Set<number>; heights: ProgramHeights }) {
    this.outputs = p.outputs
    this.repeated = p.repeated
    this.#heights = p.heights
  }

  /** The history of a run that hands out its outputs before it returns. */
  static of(program: Program, heights: ProgramHeights, run: (tap: (output: TappedOutput) => void) => void): History {
    const computed: Uint8Array[][] = []
    run(({ position, node, bytes }) => {
      computed[position] ??= []
      computed[position][node] = bytes.slice()
    })
    return new History({ ...expanded(program, computed), heights })
  }

  /** As {@link of}, of a run that returns later. */
  static async later(
    program: Program,
    heights: ProgramHeights,
    run: (tap: (output: TappedOutput) => void) => Promise<void>,
  ): Promise<History> {
    const outputs: TappedOutput[] = []
    await run((output) => void outputs.push({ ...output, bytes: output.bytes.slice() }))
    return History.of(program, heights, (tap) => outputs.forEach(tap))
  }

  /** The leaf at a place. */
  index({ position, node, block }: BlockPlace): number {
    const { nodeHeight, blockHeight } = this.#heights
    return (position * 2 ** nodeHeight + node) * 2 ** blockHeight + block
  }

  /** The first leaf at which two histories of one program differ, null if they are the same. */
  firstDifference(other: History): number | null {
    for (const [position, nodes] of this.outputs.entries())
      for (const [node, bytes] of nodes.entries()) {
        const block = differentBlock(bytes, other.outputs[position][node])
        if (block !== null) return this.index({ position, node, block })
      }
    return null
  }
}

/** Puts what stands before in the place of what was not computed. */
function expanded({ sections }: Program, computed: Uint8Array[][]) {
  const outputs: Uint8Array[][] = []
  const repeated = new Set<number>()
  for (const { steps } of sections) {
    const first = outputs.length
    for (let position = first; position < first + steps; position++) {
      if (computed[position] === undefined) repeated.add(position)
      outputs.push(computed[position] ?? outputs[position - 1])
    }
  }
  return { outputs, repeated }
}

function differentBlock(a: Uint8Array, b: Uint8Array): number | null {
  for (let block = 0; block * BLOCK_BYTES < Math.max(a.length, b.length); block++) {
    if (!bytesEqual(blockOf(a, block), blockOf(b, block))) return block
  }
  return null
}

/** Block number `block` of an output, zeros behind its end. */
export function blockOf(bytes: Uint8Array, block: number): Uint8Array {
  const padded = new Uint8Array(BLOCK_BYTES)
  padded.set(bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES))
  return padded
}
