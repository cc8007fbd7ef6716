import { checkViewInside } from '../graph/checkViews.ts'
import type { Dtype } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { numElements } from '../graph/shape.ts'
import { BLOCK_STEPS, elementsPerBlock } from './costs.ts'
import { type Elements, loadValue, newElements, storeValue, type Value } from './elements.ts'
import type { Operator } from './operator.ts'
import { checkPositions, positionValue } from './rows.ts'
import { forEachIndex, operandOf, viewIndex } from './view.ts'

/** Whether `value` takes the place of `best`, which came before it. */
function isTaken(node: Node, value: number | bigint, best: number | bigint): boolean {
  if (Number.isNaN(best)) return false
  if (Number.isNaN(value)) return true
  const { mode, isLast } = node.attributes
  if (value === best) return isLast === 1
  return mode === 0 ? value > best : value < best
}

/** The exact number that an element of the dtype holds. */
function exactNumber(dtype: Dtype, value: Value): Value {
  if (dtype === 'u32') return (value as number) >>> 0
  return dtype === 'u64' ? BigInt.asUintN(64, value as bigint) : value
}

/** Position of the greatest or least element along one axis. */
export const argReduce: Operator = {
  name: 'ArgReduce',
  opcode: 9,
  source: 'ONNX ArgMax-13, ArgMin-13',
  meaning:
    'The position of the greatest (mode 0) or least (1) element of a along the reduction axis, the first or, with isLast, the last of equals; −0 equals +0. The first NaN is taken before every number. ' +
    'Elements are compared as the numbers that their dtype holds. The output is i32 or i64.',
  operands: [{ use: 'required', layout: 'view', classes: ['f32', 'i32', 'i64'] }],
  attributes: [
    { name: 'mode', type: 'u32', max: 1, meaning: '0 greatest, 1 least' },
    { name: 'isLast', type: 'u32', max: 1, meaning: '1: the last of equal elements, not the first' },
    { name: 'size', type: 'u32', min: 1, max: 2 ** 30, meaning: 'size of the reduction axis' },
    { name: 'stride', type: 'i32', meaning: 'elements of a from position to position' },
  ],
  microOps: 'none',
  check: (node, operandElements) => {
    checkPositions(node)
    const { size, stride } = node.attributes
    checkViewInside({ node, place: 0, elements: operandElements[0], loops: [{ extent: size, stride }] })
  },
  costSteps: (node) => BLOCK_STEPS + elementsPerBlock(node) * (400 + 100 * node.attributes.size),
  reference: (node, operands) => {
    const a = operandOf(node, 0)
    const { size, stride } = node.attributes
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      const start = viewIndex(a, coordinates)
      const elementAt = (i: number): Value =>
        exactNumber(a.dtype, loadValue(a.dtype, operands[0] as Elements, start + i * stride))
      let position = 0
      for (let i = 1; i < size; i++) if (isTaken(node, elementAt(i), elementAt(position))) position = i
      storeValue(node.dtype, out, flat, positionValue(node, position))
    })
    return out
  },
}
