import { InvalidProgramError } from '../graph/errors.ts'
import type { Node } from '../graph/node.ts'
import type { OperandRule } from '../graph/operatorRule.ts'
import type { Shape } from '../graph/shape.ts'
import { elementsPerBlock, epilogueSteps } from './costs.ts'
import { denseDims } from './denseDims.ts'
import { attributeTriple, checkSlidingWindow, type Triple } from './slidingWindow.ts'

/** Sizes of a convolution or a transposed one; channels are those of one group. */
export interface ConvolutionSizes {
  readonly batch: number
  readonly groups: number
  readonly outChannels: number
  readonly inChannels: number
  readonly output: Triple
  readonly input: Triple
  readonly kernel: Triple
}

/** One term of a convolution's sum. */
export interface ConvolutionTerm {
  /** `((ic·KD + kd)·KH + kh)·KW + kw`. */
  readonly i: number
  /** Element of a; undefined in the padding. */
  readonly a: number | undefined
  /** Element of b. */
  readonly b: number
}

/** a and b dense, c left to the epilogue. */
export function convolutionOperands(valueClass: 'f32' | 'i32'): readonly [OperandRule, OperandRule, OperandRule] {
  const factor: OperandRule = { use: 'required', layout: 'dense', classes: [valueClass] }
  return [factor, factor, { use: 'epilogue', layout: 'view', classes: ['f32', 'i32', 'i64'] }]
}

function lastThree(dims: Shape): Triple {
  const [d, h, w] = dims.slice(-3)
  return [d, h, w]
}

/**
 * Sizes of a node whose output is `[n, g, oc, d, h, w]` and whose a is `[n, g·ic, D, H, W]`.
 *
 * b is `[g·oc, ic, kd, kh, kw]`, or `[g·ic, oc, kd, kh, kw]` of a transposed convolution.
 * @throws {InvalidProgramError} when the three do not fit together.
 */
export function convolutionSizes(node: Node, p: { isTransposed: boolean }): ConvolutionSizes {
  if (node.shape.length !== 6) throw new InvalidProgramError({ message: `the output of ${node.op} must be of rank 6.` })
  const [a, b] = [denseDims(node, 0, 5), denseDims(node, 1, 5)]
  const [batch, groups, outChannels] = node.shape
  const inChannels = p.isTransposed ? b[0] / Math.max(groups, 1) : b[1]
  const expectedB = p.isTransposed ? [groups * inChannels, outChannels] : [groups * outChannels, inChannels]
  const isFit = a[0] === batch && a[1] === groups * inChannels && b[0] === expectedB[0] && b[1] === expectedB[1]
  if (!isFit || !Number.isInteger(inChannels))
    throw new InvalidProgramError({ message: `${node.op}: a [${a}] and b [${b}] do not give [${node.shape}].` })
  return {
    batch,
    groups,
    outChannels,
    inChannels,
    output: lastThree(node.shape),
    input: lastThree(a),
    kernel: lastThree(b),
  }
}

/** Number of terms of one output element, those in the padding included. */
export function numConvolutionTerms({ inChannels, kernel }: ConvolutionSizes): number {
  return inChannels * kernel[0] * kernel[1] * kernel[2]
}

/** Checks a node's shapes and window; not of a transposed one. @throws {InvalidProgramError} */
export function checkConvolution(node: Node): void {
  const { output, kernel } = convolutionSizes(node, { isTransposed: false })
  checkSlidingWindow(node, { output, window: kernel })
}

/**
 * Steps of a block: those of its terms, the position of each row of them, in which only kw moves, and the epilogue.
 *
 * @param termSteps - steps of the sums of a block, by the number of terms of an element.
 */
export function convolutionSteps(node: Node, termSteps: (node: Node, numTerms: number) => number): number {
  const sizes = convolutionSizes(node, { isTransposed: false })
  const numTerms = numConvolutionTerms(sizes)
  const rowSteps = elementsPerBlock(node) * (300 + 80 * (numTerms / Math.max(sizes.kernel[2], 1)))
  return termSteps(node, numTerms) + rowSteps + epilogueSteps(node)
}

/** Every term of a convolution (not transposed) at one output index, i upward. @see spec/02-program.md §6 */
export function convolutionTerms(node: Node, coordinates: readonly number[]): ConvolutionTerm[] {
  const sizes = convolutionSizes(node, { isTransposed: false })
  const { groups, outChannels, inChannels, input, kernel } = sizes
  const [n, g, oc, ...output] = coordinates
  const [stride, dilation, pad] = ['stride', 'dilation', 'pad'].map((name) => attributeTriple(node, name))
  const terms: ConvolutionTerm[] = []
  for (let ic = 0; ic < inChannels; ic++)
    for (let kd = 0; kd < kernel[0]; kd++)
      for (let kh = 0; kh < kernel[1]; kh++)
        for (let kw = 0; kw < kernel[2]; kw++) {
          const [d, h, w] = [kd, kh, kw].map((k, axis) => output[axis] * stride[axis] - pad[axis] + k * dilation[axis])
          const i = ((ic * kernel[0] + kd) * kernel[1] + kh) * kernel[2] + kw
          const isInside = [d, h, w].every((position, axis) => position >= 0 && position < input[axis])
          const channel = (n * groups + g) * inChannels + ic
          const a = isInside ? ((channel * input[0] + d) * input[1] + h) * input[2] + w : undefined
          terms.push({ i, a, b: (g * outChannels + oc) * numConvolutionTerms(sizes) + i })
        }
  return terms
}
