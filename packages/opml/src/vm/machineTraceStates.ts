import { HASH_BYTES } from '../core/keccak.ts'
import { KERNEL_HEAP_START, KeccakKernel } from '../core/keccakKernel.ts'
import { REGISTER_BYTES, STATE_BYTES } from './stateHash.ts'

const BATCH = 1024

let kernel: KeccakKernel | undefined

/** A growing list of state hashes, computed in batches, two at a time: the leaves of a trace (spec/05). */
export class StateHashes {
  private hashes = new Uint8Array(BATCH * HASH_BYTES)
  private numHashed = 0
  private readonly batch = new Uint8Array(BATCH * STATE_BYTES)
  private readonly view = new DataView(this.batch.buffer)
  private numWaiting = 0

  get length(): number {
    return this.numHashed + this.numWaiting
  }

  /** Adds the hash of the state with these 32 registers and this memory root. */
  push(registers: Uint32Array, memoryRoot: Uint8Array): void {
    const start = this.numWaiting * STATE_BYTES
    for (let i = 0; i < 32; i++) this.view.setUint32(start + 4 * i, registers[i], false)
    this.batch.set(memoryRoot, start + REGISTER_BYTES)
    this.numWaiting++
    if (this.numWaiting === BATCH) this.flush()
  }

  /** All hashes so far, 32 bytes each; a copy. */
  toBytes(): Uint8Array {
    this.flush()
    return this.hashes.slice(0, this.numHashed * HASH_BYTES)
  }

  private flush(): void {
    if (this.numWaiting === 0) return
    kernel ??= new KeccakKernel()
    kernel.reserve(KERNEL_HEAP_START + this.batch.length)
    kernel.bytes.set(this.batch, KERNEL_HEAP_START)
    kernel.functions.hash_states(KERNEL_HEAP_START, this.numWaiting, KERNEL_HEAP_START)
    this.grow((this.numHashed + this.numWaiting) * HASH_BYTES)
    const end = KERNEL_HEAP_START + this.numWaiting * HASH_BYTES
    this.hashes.set(kernel.bytes.subarray(KERNEL_HEAP_START, end), this.numHashed * HASH_BYTES)
    this.numHashed += this.numWaiting
    this.numWaiting = 0
  }

  private grow(numBytes: number): void {
    if (numBytes <= this.hashes.length) return
    const grown = new Uint8Array(Math.max(numBytes, 2 * this.hashes.length))
    grown.set(this.hashes)
    this.hashes = grown
  }
}
