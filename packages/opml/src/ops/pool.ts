import { OrderedSum } from '../core/math/orderedSum.ts'
import { type Dtype, dtypeInfo, type ValueClass } from '../graph/dtype.ts'
import { InvalidProgramError } from '../graph/errors.ts'
import type { Node } from '../graph/node.ts'
import { numElements } from '../graph/shape.ts'
import { elementsPerBlock, epilogueSteps, listSteps } from './costs.ts'
import { denseDims } from './denseDims.ts'
import { elementClass } from './elementClass.ts'
import { type Elements, loadValue, newElements, storeValue, type Value } from './elements.ts'
import type { Operator } from './operator.ts'
import { runMicroOps } from './runMicroOps.ts'
import {
  attributeTriple,
  axisAttributes,
  checkPosition,
  checkSlidingWindow,
  type Triple,
  WINDOW_ATTRIBUTES,
} from './slidingWindow.ts'
import { forEachIndex, operandOf } from './view.ts'

const MODES = ['max', 'sum', 'average', 'index'] as const

/** Most taps of a window. */
const MAX_TAPS = 2 ** 30

/** Steps of one tap, an element, beside the pre-ops: its position, the load, and what becomes of it; more for an f32 sum. */
const TAP_STEPS = 250
const SUM_TAP_STEPS = 400

/** Steps of an element beside its taps: the fold of an f32 sum and the division. */
const WINDOW_STEPS = 150
const SUM_WINDOW_STEPS = 3_000

/** An element inside a window. */
interface WindowElement {
  /** `(kd·KH + kh)·KW + kw`. */
  readonly tap: number
  /** Flat index in a. */
  readonly index: number
  /** After the pre-ops. */
  readonly value: Value
}

/** The elements of one window, taps upward, and the number that its average divides by. */
interface Window {
  readonly elements: readonly WindowElement[]
  readonly divisor: number
}

function tripleOf(values: readonly number[]): Triple {
  const [d, h, w] = values
  return [d, h, w]
}

/** Channels and spatial sizes of a. @throws {InvalidProgramError} when a and the output do not fit. */
function inputSizes(node: Node): { channels: number; input: Triple } {
  const [channels, ...input] = denseDims(node, 0, 4)
  if (node.shape.length !== 4 || node.shape[0] !== channels)
    throw new InvalidProgramError({ message: `Pool: a of ${channels} channels does not give [${node.shape}].` })
  return { channels, input: tripleOf(input) }
}

function numTaps(node: Node): number {
  return attributeTriple(node, 'kernel').reduce((product, size) => product * size, 1)
}

function check(node: Node): void {
  const { input } = inputSizes(node)
  const padEnd = attributeTriple(node, 'padEnd')
  checkSlidingWindow(node, { output: tripleOf(node.shape.slice(1)), window: attributeTriple(node, 'kernel') })
  for (const axis of [0, 1, 2] as const) checkPosition({ axis, position: input[axis] + padEnd[axis] })
  if (numTaps(node) > MAX_TAPS)
    throw new InvalidProgramError({
      message: `Pool: a window of ${numTaps(node)} taps, at most ${MAX_TAPS} are possible.`,
    })
}

function windowAt(node: Node, operands: readonly (Elements | undefined)[], coordinates: readonly number[]): Window {
  const { input } = inputSizes(node)
  const [kernel, stride, dilation, pad, padEnd] = ['kernel', 'stride', 'dilation', 'pad', 'padEnd'].map((name) =>
    attributeTriple(node, name),
  )
  const [c, ...output] = coordinates
  const preOps = node.microOps.slice(0, node.attributes.numPreOps)
  const elements: WindowElement[] = []
  let numPadded = 0
  for (let kd = 0; kd < kernel[0]; kd++)
    for (let kh = 0; kh < kernel[1]; kh++)
      for (let kw = 0; kw < kernel[2]; kw++) {
        const position = [kd, kh, kw].map((k, axis) => output[axis] * stride[axis] - pad[axis] + k * dilation[axis])
        if (position.every((at, axis) => at >= -pad[axis] && at < input[axis] + padEnd[axis])) numPadded++
        if (position.some((at, axis) => at < 0 || at >= input[axis])) continue
        const index = ((c * input[0] + position[0]) * input[1] + position[1]) * input[2] + position[2]
        const acc = loadValue(operandOf(node, 0).dtype, operands[0] as Elements, index)
        const value = runMicroOps(preOps, { node, operands, coordinates, acc })
        elements.push({ tap: (kd * kernel[1] + kh) * kernel[2] + kw, index, value })
      }
  return { elements, divisor: node.attributes.countPadding === 1 ? numPadded : elements.length }
}

/** u32 and u64 order as unsigned; narrower unsigned elements are positive words. */
function isUnsigned(dtype: Dtype): boolean {
  return dtype === 'u32' || dtype === 'u64'
}

/** The exact number of an integer value. */
function exact(value: Value, p: { dtype: Dtype; valueClass: ValueClass }): bigint {
  const signed = BigInt(value)
  return isUnsigned(p.dtype) ? BigInt.asUintN(p.valueClass === 'i64' ? 64 : 32, signed) : signed
}

/** The least value that an element can have. */
function leastValue(node: Node): Value {
  const valueClass = elementClass(node)
  if (valueClass === 'f32') return Number.NEGATIVE_INFINITY
  const { dtype } = operandOf(node, 0)
  const hasPreOps = node.attributes.numPreOps > 0
  const isNatural = isUnsigned(dtype) || (!hasPreOps && ['u8', 'u16', 'bool'].includes(dtype))
  const bits = hasPreOps ? (valueClass === 'i64' ? 64 : 32) : 8 * dtypeInfo(dtype).bytes
  const least = isNatural ? 0n : -(2n ** BigInt(bits - 1))
  return valueClass === 'i64' ? least : Number(least)
}

function greatest(node: Node, { elements }: Window): Value {
  const valueClass = elementClass(node)
  const { dtype } = operandOf(node, 0)
  const greaterOf = (x: Value, y: Value): Value => {
    if (valueClass === 'f32') return Math.max(x as number, y as number)
    return exact(y, { dtype, valueClass }) > exact(x, { dtype, valueClass }) ? y : x
  }
  return elements.map(({ value }) => value).reduce(greaterOf, leastValue(node))
}

function sumOf(node: Node, { elements }: Window): Value {
  const valueClass = elementClass(node)
  if (valueClass === 'f32') {
    const sum = new OrderedSum()
    for (const { tap, value } of elements) sum.add(tap, value as number)
    return sum.total()
  }
  const sum = elements.reduce((total, { value }) => total + BigInt(value), 0n)
  return valueClass === 'i64' ? BigInt.asIntN(64, sum) : Number(BigInt.asIntN(32, sum))
}

/** Flat index of the first greatest element, −0 and +0 being equal, NaN above all; −1 in an empty window. */
function indexOfGreatest(node: Node, { elements }: Window): bigint {
  const valueClass = elementClass(node)
  const { dtype } = operandOf(node, 0)
  const isGreater = (x: Value, than: Value): boolean => {
    if (valueClass === 'f32') return !Number.isNaN(than) && (Number.isNaN(x) || x > than)
    return exact(x, { dtype, valueClass }) > exact(than, { dtype, valueClass })
  }
  let best: WindowElement | undefined
  for (const element of elements) if (best === undefined || isGreater(element.value, best.value)) best = element
  return BigInt(best?.index ?? -1)
}

function accumulate(node: Node, window: Window): Value {
  switch (MODES[node.attributes.mode]) {
    case 'max':
      return greatest(node, window)
    case 'sum':
      return sumOf(node, window)
    case 'average':
      return window.divisor === 0 ? 0 : Math.fround((sumOf(node, window) as number) / Math.fround(window.divisor))
    case 'index':
      return indexOfGreatest(node, window)
  }
}

/** Greatest, sum, average or place of the greatest of the elements under a window over up to three axes. @see spec/02-program.md §6 */
export const pool: Operator = {
  name: 'Pool',
  opcode: 7,
  source:
    'ONNX MaxPool-12, AveragePool-19, LpPool-18, GlobalMaxPool-1, GlobalAveragePool-1, with batch and channels as one axis',
  meaning:
    'Of the elements of a at output · stride − pad + k · dilation that are inside a, after the pre-ops: their maximum (0), ordered sum (1), that sum ÷ their number (2), or the flat index in a of the first maximum, an i64 (3). With countPadding the number is that of the positions inside the padded tensor. Integers of u32 and u64 order as unsigned; averages are of f32 alone. An empty window gives −∞ or the least integer, +0, +0, −1.',
  operands: [
    { use: 'required', layout: 'dense', classes: ['f32', 'i32', 'i64'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] },
  ],
  attributes: [
    { name: 'mode', type: 'u32', max: 3, meaning: '0 max, 1 sum, 2 average, 3 flat index of the first max' },
    ...axisAttributes('kernel', { min: 1, meaning: 'taps of the window' }),
    ...WINDOW_ATTRIBUTES,
    ...axisAttributes('padEnd', { min: 0, meaning: 'positions after the last element, for countPadding,' }),
    {
      name: 'countPadding',
      type: 'u32',
      max: 1,
      meaning: '1: averages divide by the positions inside the padded tensor',
    },
    { name: 'numPreOps', type: 'u32', max: 24, meaning: 'micro-ops on each element' },
  ],
  microOps: 'optional',
  accClass: (node) => dtypeInfo(operandOf(node, 0).dtype).valueClass,
  accumulatorClass: (node, valueClass) => {
    if (node.attributes.mode === 2 && valueClass !== 'f32')
      throw new InvalidProgramError({ message: `Pool: averages are of f32 alone, not of ${valueClass}.` })
    return node.attributes.mode === 3 ? 'i64' : valueClass
  },
  check,
  costSteps: (node) => {
    const isSum = MODES[node.attributes.mode] === 'sum' || MODES[node.attributes.mode] === 'average'
    const [perWindow, perTap] = isSum ? [SUM_WINDOW_STEPS, SUM_TAP_STEPS] : [WINDOW_STEPS, TAP_STEPS]
    const preOpSteps = listSteps(node.microOps.slice(0, node.attributes.numPreOps))
    return elementsPerBlock(node) * (perWindow + numTaps(node) * (perTap + preOpSteps)) + epilogueSteps(node)
  },
  reference: (node, operands) => {
    const out = newElements(node.dtype, numElements(node.shape))
    const epilogue = node.microOps.slice(node.attributes.numPreOps)
    forEachIndex(node.shape, (coordinates, flat) => {
      const acc = accumulate(node, windowAt(node, operands, coordinates))
      storeValue(node.dtype, out, flat, runMicroOps(epilogue, { node, operands, coordinates, acc }))
    })
    return out
  },
}
