import { OrderedSum } from '../core/math/orderedSum.ts'
import { checkViewInside } from '../graph/checkViews.ts'
import { InvalidProgramError } from '../graph/errors.ts'
import type { Node } from '../graph/node.ts'
import { numElements } from '../graph/shape.ts'
import { elementsPerBlock, epilogueSteps } from './costs.ts'
import { type Elements, loadValue, newElements, storeValue } from './elements.ts'
import type { Operator } from './operator.ts'
import { runMicroOps } from './runMicroOps.ts'
import { forEachIndex, operandOf, viewIndex } from './view.ts'

const { fround } = Math

/** One row normalised: mean and variance of all of it. */
function normalizeRow(x: readonly number[], { epsilon, isRms }: Node['attributes']): number[] {
  const mean = isRms === 1 ? 0 : fround(orderedSumOf(x) / fround(x.length))
  const deviations = x.map((value) => fround(value - mean))
  const squares = deviations.map((deviation) => fround(deviation * deviation))
  const variance = fround(orderedSumOf(squares) / fround(x.length))
  const root = fround(Math.sqrt(fround(variance + epsilon)))
  return deviations.map((deviation) => fround(deviation / root))
}

function orderedSumOf(terms: readonly number[]): number {
  const sum = new OrderedSum()
  terms.forEach((term, i) => sum.add(i, term))
  return sum.total()
}

/** Elements of the innermost `numAxes` dimensions: one row. */
function rowLength(node: Node): number {
  return numElements(node.shape.slice(node.shape.length - node.attributes.numAxes))
}

/** Most rows of which one block has elements. */
function rowsPerBlock(node: Node): number {
  const elements = elementsPerBlock(node)
  const length = rowLength(node)
  if (elements === 0 || length % elements === 0) return 1
  return Math.min(numElements(node.shape) / length, Math.floor((elements - 2) / length) + 2)
}

/** Every row to mean 0 and variance 1, or to mean square 1; scale and bias in the epilogue. */
export const normalize: Operator = {
  name: 'Normalize',
  opcode: 11,
  source:
    'ONNX LayerNormalization-17, InstanceNormalization-6, GroupNormalization, MeanVarianceNormalization-13; RMSNorm (Zhang and Sennrich, arXiv:1910.07467)',
  meaning:
    'Over the n elements of the innermost numAxes dimensions, row-major: mean = ordered sum ÷ n (with isRms +0), variance = ordered sum of (x − mean)² ÷ n, acc = (x − mean) ÷ √(variance + epsilon); n as f32, each operation rounded.',
  operands: [
    { use: 'required', layout: 'view', classes: ['f32'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
  ],
  attributes: [
    { name: 'numAxes', type: 'u32', min: 1, max: 6, meaning: 'number of innermost dimensions that make up a row' },
    { name: 'epsilon', type: 'f32', min: 0, meaning: 'added to the variance' },
    { name: 'isRms', type: 'u32', max: 1, meaning: '1: the mean is not taken off' },
  ],
  microOps: 'optional',
  accClass: () => 'f32',
  check: (node, operandElements) => {
    const { numAxes } = node.attributes
    if (numAxes > node.shape.length) {
      throw new InvalidProgramError({ message: `numAxes is ${numAxes}, the output has rank ${node.shape.length}.` })
    }
    checkViewInside({ node, place: 0, elements: operandElements[0] })
  },
  costSteps: (node) => {
    const perRow = 6_000 + rowLength(node) * (node.attributes.isRms === 1 ? 450 : 700)
    return rowsPerBlock(node) * perRow + elementsPerBlock(node) * 800 + epilogueSteps(node)
  },
  reference: (node, operands) => {
    const a = operandOf(node, 0)
    const length = rowLength(node)
    const out = newElements(node.dtype, numElements(node.shape))
    const x: number[] = []
    forEachIndex(node.shape, (coordinates, flat) => {
      x[flat] = loadValue(a.dtype, operands[0] as Elements, viewIndex(a, coordinates)) as number
    })
    const y: number[] = []
    for (let first = 0; first < x.length; first += length)
      y.push(...normalizeRow(x.slice(first, first + length), node.attributes))
    forEachIndex(node.shape, (coordinates, flat) => {
      storeValue(node.dtype, out, flat, runMicroOps(node.microOps, { node, operands, coordinates, acc: y[flat] }))
    })
    return out
  },
}
