import { dtypeInfo } from '../dtype.ts'
import { InvalidProgramError } from '../errors.ts'
import type { OperandRule, OperatorRule } from '../operatorRule.ts'
import { operatorTable } from '../operatorTable.ts'
import { numElements } from '../shape.ts'
import { checkViewInside } from '../checkViews.ts'

// Four operators of every kind that the rules tell apart, for the tests of this folder. The real ones are in ops/.

const loaded: OperandRule = { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] }
const word = { type: 'u32', meaning: '' } as const

const map: OperatorRule = {
  name: 'Map',
  opcode: 1,
  operands: [loaded, loaded, loaded],
  attributes: [],
  microOps: 'required',
  check: () => {},
  costSteps: (node) => 100 * node.microOps.length,
}

const matMul: OperatorRule = {
  name: 'MatMul',
  opcode: 2,
  operands: [
    { use: 'required', layout: 'view', classes: ['f32'] },
    { use: 'required', layout: 'view', classes: ['f32'] },
    loaded,
  ],
  attributes: [
    { name: 'k', ...word },
    { name: 'strideA', type: 'i32', meaning: '' },
    { name: 'strideB', type: 'i32', meaning: '' },
  ],
  microOps: 'optional',
  accClass: () => 'f32',
  check: (node, elements) => {
    const { k: extent, strideA, strideB } = node.attributes as { k: number; strideA: number; strideB: number }
    checkViewInside({ node, place: 0, elements: elements[0], loops: [{ extent, stride: strideA }] })
    checkViewInside({ node, place: 1, elements: elements[1], loops: [{ extent, stride: strideB }] })
  },
  costSteps: (node) => 1024 * (node.attributes['k'] ?? 0),
}

const reduce: OperatorRule = {
  name: 'Reduce',
  opcode: 8,
  operands: [{ use: 'required', layout: 'view', classes: ['f32', 'i32'] }, loaded],
  attributes: [
    { name: 'numPreOps', ...word, max: 24 },
    { name: 'mode', ...word, min: 1, max: 3 },
    { name: 'scale', type: 'f32', meaning: '' },
    { name: 'limit', type: 'f32', min: 0, max: Number.POSITIVE_INFINITY, meaning: '' },
  ],
  microOps: 'optional',
  accClass: (node) => dtypeInfo(node.operands[0]?.dtype ?? 'f32').valueClass,
  accumulatorClass: (node, elementClass) => {
    if (elementClass === 'i64') throw new InvalidProgramError({ message: 'Reduce takes no i64 elements.' })
    return node.attributes['mode'] === 3 ? 'i64' : elementClass
  },
  check: (node, elements) => checkViewInside({ node, place: 0, elements: elements[0] }),
  costSteps: () => 1,
}

const gather: OperatorRule = {
  name: 'Gather',
  opcode: 12,
  operands: [
    { use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
    { use: 'optional', layout: 'dense', classes: ['i32', 'i64'] },
  ],
  attributes: [],
  microOps: 'none',
  check: (node) => {
    if (node.operands[0]?.dtype !== node.dtype) throw new InvalidProgramError({ message: 'Gather copies bytes.' })
  },
  costSteps: (node) => numElements(node.shape),
}

/** Rules of the operators that the tests of this folder use. */
export const TEST_RULES: readonly OperatorRule[] = [map, matMul, reduce, gather]

/** {@link TEST_RULES} as a table. */
export const TEST_OPERATORS = operatorTable(TEST_RULES)
