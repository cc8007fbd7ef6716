import { KECCAK_WASM_BASE64 } from './keccakWasm.gen.ts'

/** What `kernels/keccak/keccak.c` exports; all arguments are addresses in the instance's memory or counts. */
interface KeccakExports {
  readonly memory: WebAssembly.Memory
  hash_message(input: number, sizeBytes: number, output: number): void
  hash_blocks(blocks: number, count: number, output: number): void
  hash_pairs(pairs: number, count: number, output: number): void
  hash_states(states: number, count: number, output: number): void
  subtree_root(blocks: number, height: number, work: number, output: number): void
  update_path(tree: number, node: number): void
  update_heap(tree: number, depth: number): void
  update_page(tree: number, page: number, work: number): number
}

/** First address of an instance's memory that is free for its user; below lie the module's constants. */
export const KERNEL_HEAP_START = 65536

const WASM_PAGE_BYTES = 65536

let compiled: WebAssembly.Module | undefined

/** The compiled keccak module, compiled at the first call; it can be posted to workers. */
export function keccakModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(KECCAK_WASM_BASE64), (char) => char.charCodeAt(0)))
  return compiled
}

/**
 * One instance of the WebAssembly keccak kernel with a memory of its own, which its owner lays out from
 * {@link KERNEL_HEAP_START} up.
 *
 * Every function trusts its addresses; {@link reserve} the memory first. Spec/03 §1.
 */
export class KeccakKernel {
  /** The functions of `kernels/keccak/keccak.c`; each one's comment there is its contract. */
  readonly functions: KeccakExports
  /** The whole memory. Replaced when {@link reserve} grows it: read this field again after that call. */
  bytes: Uint8Array

  constructor(module: WebAssembly.Module = keccakModule()) {
    // SAFETY: the module is the one generated from keccak.c, whose exports the interface lists.
    this.functions = new WebAssembly.Instance(module).exports as unknown as KeccakExports
    this.bytes = new Uint8Array(this.functions.memory.buffer)
  }

  /**
   * Makes addresses below `endBytes` usable, at least doubling the memory where it has to grow.
   *
   * @throws {RangeError} when the engine cannot give that much memory (at most 4 GiB).
   */
  reserve(endBytes: number): void {
    const { memory } = this.functions
    const current = this.bytes.length / WASM_PAGE_BYTES
    const needed = Math.ceil(endBytes / WASM_PAGE_BYTES)
    if (needed <= current) return
    memory.grow(Math.max(needed, Math.min(2 * current, WASM_PAGE_BYTES)) - current)
    this.bytes = new Uint8Array(memory.buffer)
  }
}
