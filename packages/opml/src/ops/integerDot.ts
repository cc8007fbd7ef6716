import type { AttributeRule } from '../graph/operatorRule.ts'
import type { Node } from '../graph/node.ts'
import type { Elements, Value } from './elements.ts'

/** What operators on integers have after their own attributes: zero points and the width of the accumulator. */
export const INTEGER_DOT_ATTRIBUTES: readonly AttributeRule[] = [
  { name: 'zeroA', type: 'i32', meaning: 'zero point of a' },
  { name: 'zeroB', type: 'i32', meaning: 'zero point of b' },
  { name: 'accumulator', type: 'u32', max: 1, meaning: '0: i32, 1: i64' },
]

/** Class of the accumulator that a node asks for. */
export function integerDotClass(node: Node): 'i32' | 'i64' {
  return node.attributes.accumulator === 1 ? 'i64' : 'i32'
}

/** Exact sum of products of elements less their zero points, wrapped at the end; an u32 counts as unsigned. */
export class IntegerDot {
  readonly #node: Node
  readonly #zeroA: bigint
  readonly #zeroB: bigint
  #sum = 0n

  constructor(node: Node) {
    this.#node = node
    this.#zeroA = BigInt(node.attributes.zeroA)
    this.#zeroB = BigInt(node.attributes.zeroB)
  }

  /** Adds `(a[i] − zeroA) · (b[j] − zeroB)`. */
  add(p: { a: Elements; i: number; b: Elements; j: number }): void {
    this.#sum += (BigInt(p.a[p.i] as Value) - this.#zeroA) * (BigInt(p.b[p.j] as Value) - this.#zeroB)
  }

  /** The sum modulo 2^32 as a number, or modulo 2^64 as a bigint; both signed. */
  total(): Value {
    return integerDotClass(this.#node) === 'i64' ? BigInt.asIntN(64, this.#sum) : Number(BigInt.asIntN(32, this.#sum))
  }
}
