import { OrderedSum } from '../core/math/orderedSum.ts'
import { numElements } from '../graph/shape.ts'
import {
  convolutionOperands,
  type ConvolutionSizes,
  convolutionSizes,
  type ConvolutionTerm,
  numConvolutionTerms,
} from './convolution.ts'
import { dotSteps, elementsPerBlock, epilogueSteps } from './costs.ts'
import { type Elements, loadValue, newElements, storeValue } from './elements.ts'
import type { Node } from '../graph/node.ts'
import type { Operator } from './operator.ts'
import { runMicroOps } from './runMicroOps.ts'
import { attributeTriple, checkPosition, WINDOW_ATTRIBUTES } from './slidingWindow.ts'
import { forEachIndex, operandOf } from './view.ts'

/** Input position of tap `k` along one axis; undefined when the tap reaches no element. */
function tapPosition(node: Node, p: { axis: 0 | 1 | 2; output: number; k: number; size: number }): number | undefined {
  const [stride, dilation, pad] = ['stride', 'dilation', 'pad'].map((name) => attributeTriple(node, name)[p.axis])
  const position = (p.output + pad - p.k * dilation) / stride
  return Number.isInteger(position) && position >= 0 && position < p.size ? position : undefined
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** Most terms that take part in one output element: along an axis one tap in `stride ÷ gcd(stride, dilation)` reaches a whole position. */
function maxTermsReached(node: Node, { inChannels, kernel }: ConvolutionSizes): number {
  const [stride, dilation] = ['stride', 'dilation'].map((name) => attributeTriple(node, name))
  return ([0, 1, 2] as const).reduce((product, axis) => {
    const period = stride[axis] / greatestCommonDivisor(stride[axis], dilation[axis])
    return product * Math.ceil(kernel[axis] / period)
  }, inChannels)
}

/** The terms that take part at one output index, i upward. */
function terms(node: Node, sizes: ConvolutionSizes, coordinates: readonly number[]): ConvolutionTerm[] {
  const { groups, outChannels, inChannels, input, kernel } = sizes
  const [n, g, oc, ...output] = coordinates
  const [positionsD, positionsH, positionsW] = ([0, 1, 2] as const).map((axis) =>
    Array.from({ length: kernel[axis] }, (_, k) =>
      tapPosition(node, { axis, output: output[axis], k, size: input[axis] }),
    ),
  )
  const found: ConvolutionTerm[] = []
  for (let ic = 0; ic < inChannels; ic++)
    for (const [kd, d] of positionsD.entries())
      for (const [kh, h] of positionsH.entries())
        for (const [kw, w] of positionsW.entries()) {
          if (d === undefined || h === undefined || w === undefined) continue
          const tap = (kd * kernel[1] + kh) * kernel[2] + kw
          const numTaps = kernel[0] * kernel[1] * kernel[2]
          const a = ((((n * groups + g) * inChannels + ic) * input[0] + d) * input[1] + h) * input[2] + w
          found.push({ i: ic * numTaps + tap, a, b: ((g * inChannels + ic) * outChannels + oc) * numTaps + tap })
        }
  return found
}

/** Transposed convolution in f32 over up to three axes, with groups. @see spec/02-program.md §6 */
export const convTranspose: Operator = {
  name: 'ConvTranspose',
  opcode: 6,
  source: 'ONNX ConvTranspose-11; c carries a bias or a residual',
  meaning:
    'acc = the ordered sum over those i = ((ic·KD + kd)·KH + kh)·KW + kw whose taps reach an element, of a[n, g·IC + ic, position] · b[g·IC + ic, oc, kd, kh, kw], where a position is (output + pad − k · dilation) ÷ stride, whole and inside a.',
  operands: convolutionOperands('f32'),
  attributes: WINDOW_ATTRIBUTES,
  microOps: 'optional',
  accClass: () => 'f32',
  check: (node) => {
    const { output, kernel } = convolutionSizes(node, { isTransposed: true })
    const [dilation, pad] = ['dilation', 'pad'].map((name) => attributeTriple(node, name))
    for (const axis of [0, 1, 2] as const) {
      checkPosition({ axis, position: output[axis] - 1 + pad[axis] })
      checkPosition({ axis, position: pad[axis] - Math.max(kernel[axis] - 1, 0) * dilation[axis] })
    }
  },
  costSteps: (node) => {
    const sizes = convolutionSizes(node, { isTransposed: true })
    const tapSteps = elementsPerBlock(node) * (600 + 20 * numConvolutionTerms(sizes))
    return dotSteps(node, maxTermsReached(node, sizes)) + tapSteps + epilogueSteps(node)
  },
  reference: (node, operands) => {
    const [a, b] = [operandOf(node, 0), operandOf(node, 1)]
    const [elementsA, elementsB] = operands as [Elements, Elements]
    const sizes = convolutionSizes(node, { isTransposed: true })
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      const sum = new OrderedSum()
      for (const term of terms(node, sizes, coordinates)) {
        const x = loadValue(a.dtype, elementsA, term.a as number) as number
        sum.add(term.i, Math.fround(x * (loadValue(b.dtype, elementsB, term.b) as number)))
      }
      storeValue(node.dtype, out, flat, runMicroOps(node.microOps, { node, operands, coordinates, acc: sum.total() }))
    })
    return out
  },
}
