import { maxF32, minF32 } from '../core/math/minMax.ts'
import { dtypeInfo } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import type { AttributeRule } from '../graph/operatorRule.ts'
import { numElements } from '../graph/shape.ts'
import { copyElement } from './copyElement.ts'
import { type Elements, loadValue, newElements, storeValue, type Value } from './elements.ts'

/** How an update meets the element that is there. */
export const SCATTER_MODE: AttributeRule = {
  name: 'mode',
  type: 'u32',
  max: 4,
  meaning: '0 put, 1 add, 2 multiply, 3 min, 4 max',
}

const PUT = 0

/** Steps of the guest for one update of one element, at most. */
export function updateSteps({ dtype, attributes }: Node): number {
  if (attributes['mode'] === PUT) return 50
  return dtypeInfo(dtype).valueClass === 'f32' ? 300 : 90
}

/** The output of a scatter while it takes updates: bytes where they are put, values where they are reduced. */
export class ScatterOutput {
  readonly #node: Node
  readonly #out: Elements
  readonly #values: Value[]

  /** @param startAt - element of `a` that output element `flat` starts as. */
  constructor(node: Node, p: { a: Elements; startAt: (flat: number) => number }) {
    this.#node = node
    const count = numElements(node.shape)
    this.#out = newElements(node.dtype, count)
    this.#values = []
    for (let flat = 0; flat < count; flat++) {
      if (this.#isPut) copyElement(this.#out, flat, p.a, p.startAt(flat))
      else this.#values.push(loadValue(node.dtype, p.a, p.startAt(flat)))
    }
  }

  get #isPut(): boolean {
    return this.#node.attributes['mode'] === PUT
  }

  /** Lets element `from` of the updates meet output element `flat`. */
  update(flat: number, updates: Elements, from: number): void {
    const { dtype, attributes } = this.#node
    if (this.#isPut) copyElement(this.#out, flat, updates, from)
    else
      this.#values[flat] = reduce(this.#node, attributes['mode'], [this.#values[flat], loadValue(dtype, updates, from)])
  }

  /** The elements after all updates. */
  elements(): Elements {
    this.#values.forEach((value, flat) => storeValue(this.#node.dtype, this.#out, flat, value))
    return this.#out
  }
}

function reduce({ dtype }: Node, mode: number, [x, y]: readonly [Value, Value]): Value {
  if (typeof x === 'bigint' || typeof y === 'bigint') return reduceI64(mode, BigInt(x), BigInt(y), dtype === 'u64')
  return dtypeInfo(dtype).valueClass === 'f32' ? reduceF32(mode, x, y) : reduceI32(mode, x, y, dtype === 'u32')
}

function reduceF32(mode: number, x: number, y: number): number {
  switch (mode) {
    case 1:
      return Math.fround(x + y)
    case 2:
      return Math.fround(x * y)
    case 3:
      return minF32(x, y)
    default:
      return maxF32(x, y)
  }
}

function reduceI32(mode: number, x: number, y: number, isUnsigned: boolean): number {
  const isLess = isUnsigned ? x >>> 0 < y >>> 0 : x < y
  switch (mode) {
    case 1:
      return (x + y) | 0
    case 2:
      return Math.imul(x, y)
    case 3:
      return isLess ? x : y
    default:
      return isLess ? y : x
  }
}

function reduceI64(mode: number, x: bigint, y: bigint, isUnsigned: boolean): bigint {
  const isLess = isUnsigned ? BigInt.asUintN(64, x) < BigInt.asUintN(64, y) : x < y
  switch (mode) {
    case 1:
      return BigInt.asIntN(64, x + y)
    case 2:
      return BigInt.asIntN(64, x * y)
    case 3:
      return isLess ? x : y
    default:
      return isLess ? y : x
  }
}
