import { BLOCK_BYTES } from '../core/merkleZero.ts'
import { OpmlError } from '../core/errors.ts'
import { PORTABLE_WASM_BASE64 } from './portableWasm.gen.ts'

interface PortableExports {
  readonly memory: WebAssembly.Memory
  program_blocks(node: number, operands: number, first: number, count: number, out: number): number
  heap_base(): number
}

const PAGE_BYTES = 65536
const ALIGNMENT = 128

/** A node whose opcode the kernels do not have. */
export class UnknownOpcodeError extends OpmlError {
  override readonly name = 'UnknownOpcodeError'

  constructor(p: { opcode: number }) {
    super(`The kernels have no operator with opcode ${p.opcode}.`, {
      code: 'ENGINE_UNKNOWN_OPCODE',
      suggestion: 'Import the model with this version of the software.',
    })
  }
}

/**
 * Computes any block of any node by the very sources of the guest image, compiled to WebAssembly without SIMD.
 *
 * Slow and simple: the executor that faster ones are held against.
 */
export class PortableKernels {
  readonly #exports: PortableExports

  constructor() {
    const bytes = Uint8Array.from(atob(PORTABLE_WASM_BASE64), (char) => char.charCodeAt(0))
    // SAFETY: the module is the one generated from kernels/portable.c, whose exports the interface lists.
    this.#exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as PortableExports
  }

  /**
   * Blocks `first` … `first + count − 1` of a node's output, 128 bytes each.
   *
   * @param node - the 512 bytes of a descriptor that the verifier accepts.
   * @param operands - bytes of a, b, c; the node's views stay inside them.
   * @throws {UnknownOpcodeError}
   */
  blocks(
    node: Uint8Array,
    operands: readonly (Uint8Array | undefined)[],
    range: { first: number; count: number },
  ): Uint8Array {
    const start = align(this.#exports.heap_base())
    let end = start + 1024
    const addresses = operands.map((operand) => {
      const address = end
      end = align(end + (operand?.length ?? 0))
      return address
    })
    const outBytes = range.count * BLOCK_BYTES
    const memory = this.#reserve(end + outBytes)
    memory.set(node, start)
    new Uint32Array(memory.buffer, start + node.length, 3).set(addresses)
    operands.forEach((operand, i) => operand !== undefined && memory.set(operand, addresses[i]))
    const isKnown = this.#exports.program_blocks(start, start + node.length, range.first, range.count, end)
    if (isKnown === 0) throw new UnknownOpcodeError({ opcode: node[0] | (node[1] << 8) })
    return memory.slice(end, end + outBytes)
  }

  #reserve(endBytes: number): Uint8Array {
    const { memory } = this.#exports
    const missing = Math.ceil((endBytes - memory.buffer.byteLength) / PAGE_BYTES)
    if (missing > 0) memory.grow(missing)
    return new Uint8Array(memory.buffer)
  }
}

function align(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT
}
