import type { MicroOp } from '../../graph/node.ts'
import { microOpNamed } from '../../graph/microOps.ts'

/** A value of a list that is being built: its number. */
export type ValueId = number & { readonly __value: unique symbol }

/** Most entries of a node's list. */
export const MAX_MICRO_OPS = 24

const floatView = new DataView(new ArrayBuffer(4))

/** The bits of an f32 as a signed word. */
function f32Word(value: number): number {
  floatView.setFloat32(0, value)
  return floatView.getInt32(0)
}

/** Builds the micro-ops of one node; every call appends one and returns its value. */
export class MicroOpList {
  readonly ops: MicroOp[] = []

  /** The element of operand 0, 1 or 2 at its view, `offset` elements further. */
  load(operand: number, offset = 0): ValueId {
    return this.#append({ name: 'load', sources: [operand], imm: offset })
  }

  /** The output coordinate of a dimension, right-aligned (5 is the innermost). */
  index(dimension: number): ValueId {
    return this.#append({ name: 'index', sources: [dimension], imm: 0 })
  }

  /** What the operator hands over. */
  acc(): ValueId {
    return this.#append({ name: 'acc', sources: [], imm: 0 })
  }

  /** An f32 constant. */
  f32(value: number): ValueId {
    return this.#append({ name: 'f32.const', sources: [], imm: f32Word(value) })
  }

  /** An i32 constant. */
  i32(value: number): ValueId {
    return this.#append({ name: 'i32.const', sources: [], imm: value | 0 })
  }

  /** An i64 constant that fits 32 bits. */
  i64(value: number): ValueId {
    return this.#append({ name: 'i64.const', sources: [], imm: value | 0 })
  }

  /** Any other micro-op; a number as the second argument becomes its immediate. */
  op(name: string, ...args: readonly (ValueId | { readonly imm: number })[]): ValueId {
    const row = microOpNamed(name)
    if (row === undefined) throw new TypeError(`No micro-op ${name}.`)
    let imm = 0
    const sources = args.map((argument, place) => {
      if (typeof argument === 'number') return argument
      imm = row.arguments[place] === 'F' ? f32Word(argument.imm) : argument.imm | 0
      return 'imm' as const
    })
    return this.#append({ name, sources, imm })
  }

  #append(op: MicroOp): ValueId {
    this.ops.push(op)
    return (this.ops.length - 1) as ValueId
  }
}
