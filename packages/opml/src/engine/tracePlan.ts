import { HASH_BYTES } from '../core/keccak.ts'
import { zeroHash } from '../core/merkleZero.ts'
import type { EngineExports } from './engineModule.ts'

/** The structs of one section's trace: kernels/engine/trace.h describes them. */
export interface TracePlan {
  readonly address: number
  /** Address of the roots of a step's outputs, 32 bytes each. */
  readonly roots: number
}

/** Bytes of outputs that may wait for their turn to be hashed: so much longer they keep their places in the arena. */
const WAITING_BYTES = 2 ** 22
const MAX_BLOCK_HEIGHT = 23
/** Words of a `struct trace`. */
const TRACE = { outputs: 0, roots: 1, zeros: 2, blockHeight: 3 } as const
/** Words of a `struct output_trace`. */
const OUTPUT_TRACE = { numRequired: 0, previous: 1, tree: 2 } as const

/**
 * The last stage for which each output stays in its place, so that it can be hashed while the run goes on: as long as the outputs after
 * it are not more than {@link WAITING_BYTES}, and the stage after its own. Ascending.
 */
export function lastStages(outputBytes: readonly number[]): number[] {
  let [end, waiting] = [0, 0]
  return outputBytes.map((bytes, i) => {
    if (end === i) end++
    else waiting -= bytes
    for (; end < outputBytes.length && waiting + (outputBytes[end] as number) <= WAITING_BYTES; end++)
      waiting += outputBytes[end] as number
    return Math.max(i + 1, end - 1)
  })
}

/** Gives the structs and trees of a section their places. They are complete after `engine_make_trace`. */
export class TraceDraft {
  readonly address: number
  readonly roots: number
  readonly #outputBytes: readonly number[]
  readonly #previous: readonly (number | undefined)[]
  readonly #outputs: number
  readonly #outputSize: number
  readonly #zeros: number
  readonly #trees: readonly number[]

  /**
   * @param p.previous - where the copy of each output of the step before is, if there is one.
   * @param p.place - gives so many bytes their address.
   */
  constructor(p: {
    exports: EngineExports
    outputBytes: readonly number[]
    previous: readonly (number | undefined)[]
    place: (bytes: number) => number
  }) {
    const { exports, outputBytes, previous, place } = p
    this.#outputBytes = outputBytes
    this.#previous = previous
    this.#outputSize = exports.engine_trace_size(1)
    this.address = place(exports.engine_trace_size(0))
    this.roots = place(outputBytes.length * HASH_BYTES)
    this.#outputs = place(outputBytes.length * this.#outputSize)
    this.#zeros = place((MAX_BLOCK_HEIGHT + 1) * HASH_BYTES)
    this.#trees = outputBytes.map((bytes, i) =>
      place(exports.engine_trace_bytes(bytes, previous[i] === undefined ? 0 : 1) >>> 0),
    )
  }

  /** Writes what the library knows. */
  write(memory: WebAssembly.Memory): void {
    const words = (address: number) => new Uint32Array(memory.buffer, address)
    const trace = words(this.address)
    trace[TRACE.outputs] = this.#outputs
    trace[TRACE.roots] = this.roots
    trace[TRACE.zeros] = this.#zeros
    const bytes = new Uint8Array(memory.buffer)
    for (let height = 0; height <= MAX_BLOCK_HEIGHT; height++)
      bytes.set(zeroHash(height), this.#zeros + height * HASH_BYTES)
    const last = lastStages(this.#outputBytes)
    let numRequired = 0
    for (let i = 0; i < last.length; i++) {
      while ((last[numRequired] as number) < i) numRequired++
      const output = words(this.#outputs + i * this.#outputSize)
      output[OUTPUT_TRACE.numRequired] = numRequired
      output[OUTPUT_TRACE.previous] = this.#previous[i] ?? 0
      output[OUTPUT_TRACE.tree] = this.#trees[i] as number
    }
  }
}

/** Has roots taken at this height from the next step on. */
export function setBlockHeight(memory: WebAssembly.Memory, { address }: TracePlan, blockHeight: number): void {
  new Uint32Array(memory.buffer, address, TRACE.blockHeight + 1)[TRACE.blockHeight] = blockHeight
}
