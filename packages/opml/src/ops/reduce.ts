import { OrderedSum } from '../core/math/orderedSum.ts'
import { checkViewInside } from '../graph/checkViews.ts'
import { type Dtype, dtypeInfo, type ValueClass } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { numElements } from '../graph/shape.ts'
import { elementsPerBlock, epilogueSteps, listSteps } from './costs.ts'
import { elementClass } from './elementClass.ts'
import { type Elements, loadValue, newElements, storeValue, type Value } from './elements.ts'
import type { Operator } from './operator.ts'
import { runMicroOps } from './runMicroOps.ts'
import { forEachIndex, operandOf, viewIndex } from './view.ts'

const MODES = ['sum', 'product', 'max', 'min'] as const

const NUM_LANES = 16

/** Least and greatest value of an integer dtype, as the exact numbers that it holds. */
function limitsOf(dtype: Dtype): { least: bigint; greatest: bigint } {
  if (dtype === 'bool') return { least: 0n, greatest: 1n }
  const bits = BigInt(8 * dtypeInfo(dtype).bytes)
  if (dtype.startsWith('u')) return { least: 0n, greatest: 2n ** bits - 1n }
  return { least: -(2n ** (bits - 1n)), greatest: 2n ** (bits - 1n) - 1n }
}

/** What no element at all comes to, in the class of the elements. */
function emptyValue(node: Node, valueClass: ValueClass): Value {
  const mode = MODES[node.attributes.mode]
  const inClass = (value: bigint): Value =>
    valueClass === 'i64' ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value))
  if (mode === 'sum' || mode === 'product') {
    const value = mode === 'sum' ? 0 : 1
    return valueClass === 'f32' ? value : inClass(BigInt(value))
  }
  if (valueClass === 'f32') return mode === 'max' ? -Infinity : Infinity
  const { dtype } = operandOf(node, 0)
  const ofClass = isUnsigned(node) ? (valueClass === 'i64' ? 'u64' : 'u32') : valueClass
  const { least, greatest } = limitsOf(node.attributes.numPreOps === 0 ? dtype : ofClass)
  return inClass(mode === 'max' ? least : greatest)
}

/** Whether integers are ordered as unsigned ones; narrower unsigned elements widen to positive numbers, in the signed order. */
function isUnsigned(node: Node): boolean {
  const { dtype } = operandOf(node, 0)
  return dtype === 'u32' || dtype === 'u64'
}

function reduceF32(mode: (typeof MODES)[number], elements: readonly number[]): number {
  switch (mode) {
    case 'sum': {
      const sum = new OrderedSum()
      elements.forEach((element, i) => sum.add(i, element))
      return sum.total()
    }
    case 'product':
      return orderedProduct(elements)
    case 'max':
      return elements.reduce((a, b) => Math.max(a, b))
    case 'min':
      return elements.reduce((a, b) => Math.min(a, b))
  }
}

/** As the ordered sum, with products, from 1. */
function orderedProduct(elements: readonly number[]): number {
  const lanes = new Float32Array(NUM_LANES).fill(1)
  elements.forEach((element, i) => (lanes[i % NUM_LANES] *= element))
  for (let width = NUM_LANES / 2; width >= 1; width /= 2) for (let j = 0; j < width; j++) lanes[j] *= lanes[j + width]
  return lanes[0]
}

/** Exact integers reduced, then wrapped to the class. */
function reduceIntegers(node: Node, elements: readonly Value[]): bigint {
  const exact = elements.map((element) => {
    if (!isUnsigned(node)) return BigInt(element)
    return typeof element === 'bigint' ? BigInt.asUintN(64, element) : BigInt(element >>> 0)
  })
  switch (MODES[node.attributes.mode]) {
    case 'sum':
      return exact.reduce((a, b) => a + b)
    case 'product':
      return exact.reduce((a, b) => BigInt.asIntN(64, a * b))
    case 'max':
      return exact.reduce((a, b) => (a > b ? a : b))
    case 'min':
      return exact.reduce((a, b) => (a < b ? a : b))
  }
}

function reduceElements(node: Node, elements: readonly Value[]): Value {
  const valueClass = elementClass(node)
  if (elements.length === 0) return emptyValue(node, valueClass)
  if (valueClass === 'f32') return reduceF32(MODES[node.attributes.mode], elements as readonly number[])
  const exact = reduceIntegers(node, elements)
  return valueClass === 'i64' ? BigInt.asIntN(64, exact) : Number(BigInt.asIntN(32, exact))
}

/** Elements of a that one output element is reduced from, row-major over the reduction axes. */
function reducedIndices(node: Node, start: number): number[] {
  const { size0, size1, size2, stride0, stride1, stride2 } = node.attributes
  const indices: number[] = []
  for (let i = 0; i < size0; i++)
    for (let j = 0; j < size1; j++)
      for (let k = 0; k < size2; k++) indices.push(start + i * stride0 + j * stride1 + k * stride2)
  return indices
}

/** Loops of the operator over a, for the check that it is read inside. */
function loopsOf(node: Node): { extent: number; stride: number }[] {
  const { size0, size1, size2, stride0, stride1, stride2 } = node.attributes
  return [
    { extent: size0, stride: stride0 },
    { extent: size1, stride: stride1 },
    { extent: size2, stride: stride2 },
  ]
}

/** Sum, product, maximum or minimum over up to three axes, with work on each element before and on the result after. */
export const reduce: Operator = {
  name: 'Reduce',
  opcode: 8,
  source:
    'ONNX ReduceSum-13, ReduceMean, ReduceProd, ReduceMax, ReduceMin, ReduceL1, ReduceL2, ReduceLogSum, ReduceLogSumExp, ReduceSumSquare, GlobalAveragePool, Sum',
  meaning:
    'The elements of a at the view and all rounds of the reduction axes, row-major, after the pre-ops. f32: the ordered sum; the product in the same order, lanes from 1; f32.max, f32.min. ' +
    'Integers: sum and product wrapped to the class, max and min in the unsigned order if a is u32 or u64, else in the signed one. ' +
    'Without elements 0, 1, and for max (min) −∞ (+∞), or for integers the least (greatest) value of the dtype of a; with pre-ops of the class, of its unsigned form if a is u32 or u64.',
  operands: [
    { use: 'required', layout: 'view', classes: ['f32', 'i32', 'i64'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
  ],
  attributes: [
    { name: 'mode', type: 'u32', max: 3, meaning: '0 sum, 1 product, 2 max, 3 min' },
    {
      name: 'size0',
      type: 'u32',
      max: 2 ** 30,
      meaning: 'size of the outermost reduction axis; 1 for an axis that is not needed',
    },
    { name: 'size1', type: 'u32', max: 2 ** 30, meaning: 'size of the second' },
    { name: 'size2', type: 'u32', max: 2 ** 30, meaning: 'size of the innermost' },
    { name: 'stride0', type: 'i32', meaning: 'elements of a from round to round of the outermost' },
    { name: 'stride1', type: 'i32', meaning: 'of the second' },
    { name: 'stride2', type: 'i32', meaning: 'of the innermost' },
    { name: 'numPreOps', type: 'u32', max: 24, meaning: 'number of micro-ops that are applied to each element' },
  ],
  microOps: 'optional',
  accClass: (node) => dtypeInfo(operandOf(node, 0).dtype).valueClass,
  check: (node, operandElements) =>
    checkViewInside({ node, place: 0, elements: operandElements[0], loops: loopsOf(node) }),
  costSteps: (node) => {
    const { mode, size0, size1, size2, numPreOps } = node.attributes
    const isOrdered = mode < 2 && elementClass(node) === 'f32'
    const preSteps = numPreOps === 0 ? 0 : 50 + listSteps(node.microOps.slice(0, numPreOps))
    const elements = elementsPerBlock(node)
    const perRound = 120 + elements * ((isOrdered ? 250 : 150) + preSteps)
    const rounds = elements === 0 ? 0 : size0 * size1 * size2 * perRound
    return elements * (isOrdered ? 3_500 : 200) + rounds + epilogueSteps(node, node.microOps.slice(numPreOps))
  },
  reference: (node, operands) => {
    const a = operandOf(node, 0)
    const preOps = node.microOps.slice(0, node.attributes.numPreOps)
    const epilogue = node.microOps.slice(node.attributes.numPreOps)
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      const elements = reducedIndices(node, viewIndex(a, coordinates)).map((index) => {
        const acc = loadValue(a.dtype, operands[0] as Elements, index)
        return runMicroOps(preOps, { node, operands, coordinates, acc })
      })
      const acc = reduceElements(node, elements)
      storeValue(node.dtype, out, flat, runMicroOps(epilogue, { node, operands, coordinates, acc }))
    })
    return out
  },
}
