import type { FlowGraph, FlowNode } from './controlFlow.ts'
import { edgesOf } from './controlFlow.ts'
import { REGISTERS_START } from './layout.ts'
import { type CodeWriter, Op } from './wasm.ts'

/** Every block of the graph once, entry first. */
function nodesOf(graph: FlowGraph): FlowNode[] {
  const seen = new Set<FlowNode>([graph.entry])
  for (const node of seen) {
    for (const edge of edgesOf(node.block.terminator)) if (edge.kind === 'block') seen.add(graph.nodeOf(edge.block))
  }
  return [...seen]
}

/** Guest registers of a region as WebAssembly locals: loaded when the region is entered, stored when it is left. */
export class RegisterLocals {
  /** Local of a guest register, −1 when the region does not use it. */
  readonly #local = new Int32Array(32).fill(-1)
  readonly #isWritten = new Uint8Array(32)
  /** First local behind the registers. */
  readonly end: number

  /** Locals from `first` on, for the registers that the blocks of `graph` name. */
  constructor(graph: FlowGraph, first: number) {
    const isUsed = new Uint8Array(32)
    for (const { block } of nodesOf(graph)) {
      for (const { rd, rs1, rs2 } of block.instructions) {
        isUsed[rd] = isUsed[rs1] = isUsed[rs2] = 1
        this.#isWritten[rd] = 1
      }
    }
    let next = first
    for (let register = 1; register < 32; register++) if (isUsed[register] !== 0) this.#local[register] = next++
    this.end = next
  }

  /** Pushes a register; x0 is the constant 0. */
  get(code: CodeWriter, register: number): void {
    if (register === 0) code.i32(0)
    else code.indexed(Op.localGet, this.#local[register])
  }

  /** Pops a word into register `register`, which is not x0. */
  set(code: CodeWriter, register: number): void {
    code.indexed(Op.localSet, this.#local[register])
  }

  /** Loads all registers of the region from memory. */
  load(code: CodeWriter): void {
    for (let register = 1; register < 32; register++) {
      if (this.#local[register] < 0) continue
      code.i32(REGISTERS_START + 4 * register)
      code.memory(Op.i32Load, 2, 0)
      this.set(code, register)
    }
  }

  /** Stores the registers that the region may have changed. */
  store(code: CodeWriter): void {
    for (let register = 1; register < 32; register++) {
      if (this.#local[register] < 0 || this.#isWritten[register] === 0) continue
      code.i32(REGISTERS_START + 4 * register)
      this.get(code, register)
      code.memory(Op.i32Store, 2, 0)
    }
  }
}
