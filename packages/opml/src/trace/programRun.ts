import { HASH_BYTES } from '../core/keccak.ts'
import { merkleRoot } from '../core/merkleRoot.ts'
import type { OutputPlace, TappedOutput } from '../graph/programWalk.ts'

/**
 * One run of a tensor program as a {@link ProgramTrace} needs it: made again and again, every time with the same bits.
 *
 * `EngineRun` is the fast one; `TappedRun` makes one of any executor that hands out its outputs.
 */
export interface ReplayableRun {
  /**
   * Runs to the end and gives the roots of the outputs, trees of height `blockHeight`, 32 bytes each in the order of the nodes: one
   * call a step position that is computed, in order. Those that repeat the step before after a halt are left out.
   */
  roots(blockHeight: number, onStep: (step: { position: number; roots: Uint8Array }) => void): Promise<void>
  /** Bytes of some outputs, in the order of `places`, which are at positions that are computed. */
  outputs(places: readonly OutputPlace[]): Promise<Uint8Array[]>
}

/** Makes one run of a program, from its start, and hands out every output that it computes. Every call gives the same bits. */
export type ProgramRun = (tap: (output: TappedOutput) => void) => Promise<void>

/** A run of any executor. Each question runs it to the end, on one thread the outputs are hashed. */
export class TappedRun implements ReplayableRun {
  readonly #run: ProgramRun

  constructor(run: ProgramRun) {
    this.#run = run
  }

  async roots(blockHeight: number, onStep: (step: { position: number; roots: Uint8Array }) => void): Promise<void> {
    let [position, list]: [number, Uint8Array[]] = [0, []]
    const finish = () => {
      const roots = new Uint8Array(list.length * HASH_BYTES)
      for (const [i, root] of list.entries()) roots.set(root, i * HASH_BYTES)
      if (list.length > 0) onStep({ position, roots })
      list = []
    }
    await this.#run((output) => {
      if (output.position !== position) finish()
      position = output.position
      list.push(merkleRoot(output.bytes, blockHeight))
    })
    finish()
  }

  async outputs(places: readonly OutputPlace[]): Promise<Uint8Array[]> {
    const found: Uint8Array[] = []
    await this.#run(({ position, node, bytes }) => {
      for (const [i, place] of places.entries())
        if (place.position === position && place.node === node) found[i] = bytes.slice()
    })
    const missing = places.find((_, i) => found[i] === undefined)
    if (missing !== undefined)
      throw new RangeError(`The run computes nothing at position ${missing.position}, node ${missing.node}.`)
    return found
  }
}
