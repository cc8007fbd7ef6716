import { blockTree } from '../core/blockTree.ts'
import type { MerkleTree } from '../core/merkleTree.ts'

/** An output that is at hand: its bytes and, from the first question on, the tree of its blocks. */
export class KeptOutput {
  readonly bytes: Uint8Array
  readonly #height: number
  #tree: MerkleTree | undefined

  constructor(bytes: Uint8Array, height: number) {
    this.bytes = bytes
    this.#height = height
  }

  /** The tree of its blocks. */
  get tree(): MerkleTree {
    this.#tree ??= blockTree(this.bytes, this.#height)
    return this.#tree
  }

  /** Bytes of memory, with the tree. */
  get numBytes(): number {
    return keptBytes(this.bytes.length)
  }
}

/** What an output of so many bytes takes when it is kept with its tree. */
export function keptBytes(length: number): number {
  return 1.5 * length
}

/** The outputs that were asked for last, in at most so many bytes; one that is larger is kept alone until the next comes. */
export class KeptOutputs {
  readonly #maxBytes: number
  readonly #kept = new Map<string, KeptOutput>()
  #numBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(key: string): KeptOutput | undefined {
    const output = this.#kept.get(key)
    if (output === undefined) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, output)
    return output
  }

  put(key: string, output: KeptOutput): void {
    this.#kept.set(key, output)
    this.#numBytes += output.numBytes
    for (const [oldKey, old] of this.#kept) {
      if (this.#numBytes <= this.#maxBytes || this.#kept.size === 1) return
      this.#kept.delete(oldKey)
      this.#numBytes -= old.numBytes
    }
  }
}
